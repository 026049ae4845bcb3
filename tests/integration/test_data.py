"""The feeds of data/ and data/broken: what comes of each is what stands in its .expected."""

import json
import re

import pytest

from stack import ROOT

DATA = ROOT / "data"
BROKEN = DATA / "broken"
# Refusals of the consumers: a producer sends these rows.
LATER = {"unknown_product", "negative_stock", "stock_overflow"}
ENTITIES = {"products": "product", "events": "event", "stock": "stock"}


def expectation_of(feed):
    """data/events.ndjson has an expectation of its own, data/events.csv and the broken feeds have
    their name's."""
    own = feed.with_name(feed.name + ".expected")
    return own if own.exists() else feed.with_name(feed.name.split(".")[0] + ".expected")


def entity_of(feed):
    """data/events.csv is an event feed, and so are those in data/broken/event/."""
    if feed.parent == DATA:
        return ENTITIES[feed.name.split(".")[0]]
    return "product" if feed.parent == BROKEN else feed.parent.name


def feeds():
    """All that have an expectation."""
    folders = (DATA, BROKEN, *(BROKEN / name for name in ENTITIES.values()))
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()]
    return [path for path in found if path.suffix not in (".expected", ".md") and not path.name.startswith(".")]


def expected_of(feed):
    """As outcome() has it."""
    found = {"code": 0, "refused": [], "good": 0, "of the feed": []}
    for words in map(str.split, expectation_of(feed).read_text().splitlines()):
        if words[0] == "row":
            if words[4] not in LATER:
                found["refused"].append((int(words[1]), int(words[3]), words[4]))
        elif "unusable" in words:
            found |= {"code": 65, "of the feed": [words[-1]]}
        elif words[1:2] == ["rows"]:
            found["good"] = int(words[3])
    found["refused"].sort()
    return found


def outcome(code, records, messages):
    """What became of one feed: its exit code, its error records, how many messages there are."""
    return {
        "code": code,
        "refused": sorted((r["row"], r["line"], r["code"]) for r in records if "row" in r),
        "good": len(messages),
        "of the feed": [r["code"] for r in records if "row" not in r],
    }


def test_what_is_expected_is_what_comes(pipe, broker):
    """One after another through topics of their entity; each message and record names its feed."""
    topics = {entity: f"{pipe.topic}-{entity}" for entity in ENTITIES.values()}
    codes = {}
    for feed in feeds():
        entity = entity_of(feed)
        codes[feed] = pipe.programs.start(
            f"{entity}-producer", "--force", feed, TOPIC=topics[entity]  # some are alike on purpose
        ).wait()
    messages = {entity: broker.read(topic) for entity, topic in topics.items()}
    records = pipe.errors()
    for feed, code in codes.items():
        entity = entity_of(feed)
        about = [r for r in records if (r["topic"], r["feed"]) == (topics[entity], feed.name)]
        sent = [m for m in messages[entity] if m.headers["feed"] == feed.name.encode()]
        assert outcome(code, about, sent) == expected_of(feed), feed


def test_each_expectation_has_its_feed():
    expectations = {expectation_of(feed) for feed in feeds()}
    assert expectations == {*DATA.glob("*.expected"), *BROKEN.glob("**/*.expected")}


def test_an_export_of_a_spreadsheet_tells_its_switches(programs):
    """Whoever has nothing but the messages gets there: each names the next switch."""
    switches = ["--dry-run", "--summary", "json", "--strict", BROKEN / "product" / "excel.csv"]
    for pattern in (r"--encoding windows-1252", r"--map [^; ]+", r"--decimal-comma"):
        said = programs.start("product-producer", *switches).ends_with(65).stderr
        switches += re.search(pattern, said)[0].split(" ")
    program = programs.start("product-producer", *switches).ends_with(65)
    summary = program.summary()
    assert (summary["sent"], summary["codes"]) == (3, {"invalid_field": 2, "missing_field": 1})
    for words in ("a spreadsheet has rounded it", "it has a decimal point", "name: required, but empty"):
        assert words in program.stderr


@pytest.mark.parametrize("name, twin", [("products.csv", "products.json"), ("events.csv", "events.ndjson"),
                                        ("stock.csv", "stock.ndjson.gz")])  # fmt: skip
def test_a_twin_sends_the_same(pipe, name, twin):
    """Row by row: the same members, and the same values, as a consumer reads them."""
    sent = []
    for feed in (DATA / name, DATA / twin):
        before = len(pipe.broker.read(pipe.topic))
        pipe.programs.start(f"{entity_of(feed)}-producer", "--force", feed).ends_with(0)
        messages = pipe.broker.read(pipe.topic)
        sent.append({m.headers["row"]: m for m in messages if m.headers["feed"] == feed.name.encode()})
        assert len(messages) == before + len(sent[-1])
    assert sent[0].keys() == sent[1].keys()
    for row, message in sent[0].items():
        assert (message.key, readable(message)) == (sent[1][row].key, readable(sent[1][row]))


def readable(message):
    """Numbers may stand as text, and null is not given."""
    value = json.loads(message.value)
    return {name: int(is_) if name == "amount" else is_ for name, is_ in value.items() if is_ is not None}
