"""Every kind of Strapi that users have: version 4, the course's schema without an index, Draft & Publish.
Each is started once, beside the stack, with a database of its own."""

import json
from dataclasses import dataclass

import pytest
import requests

from pipe import catalogue, product
from stack import ROOT
from test_feed import expected_products


@dataclass(frozen=True)
class Kind:
    name: str
    strapi: int = 5
    bare: bool = False
    drafts: bool = False

    @property
    def has_index(self):
        """On Strapi 5 a draft and its published version are two rows of one barcode."""
        return not self.bare and not (self.drafts and self.strapi == 5)

    @property
    def options(self):
        return [
            *("--strapi", str(self.strapi)),
            *("--schema", "bare" if self.bare else "full"),
            *(["--drafts"] if self.drafts else []),
        ]


KINDS = (
    Kind("strapi_4", strapi=4),
    Kind("bare", bare=True),
    Kind("drafts", drafts=True),
    Kind("strapi_4_drafts", strapi=4, drafts=True),
)


class Case:
    """A feed of data/, what must be in PostgreSQL and in the error topic then, and what a second run is."""

    def __init__(self, name, feed):
        self.name = name
        self.feed = ROOT / "data" / feed

    def topic(self, pipe):
        return f"{pipe.topic}-{self.name}"

    def produce(self, pipe):
        run(pipe, f"{self.name}-producer", self.feed, TOPIC=self.topic(pipe))

    def consume(self, pipe, **settings):
        about = {"PRODUCT_TOPIC": pipe.topic, "PRODUCT_GROUP": pipe.group, "PRODUCT_GRACE": "1s"}
        return run(pipe, f"{self.name}-consumer", "--until-end", TOPIC=self.topic(pipe), **about, **settings)

    def again(self, pipe):
        """The messages are delivered once more: to a group that has read nothing yet."""
        return self.consume(pipe, GROUP_ID=f"{pipe.group}-again")

    def prepare(self, pipe):
        """What must be there first."""

    def knows_redeliveries(self, kind):
        """By a field that the bare schema lacks."""
        return not kind.bare

    def refused(self, pipe):
        records = [record for record in pipe.errors() if record["topic"] == self.topic(pipe)]
        return sorted({(record["row"], record["code"]) for record in records})

    def expected(self):
        """Refused (row, code), and levels by barcode."""
        lines = [line.split() for line in self.feed.with_suffix(".expected").read_text().splitlines()]
        refused = [(int(words[1]), words[4]) for words in lines if words[0] == "row"]
        return refused, {words[0]: int(words[1]) for words in lines if len(words) == 2}


class Products(Case):
    def topic(self, pipe):
        return pipe.topic

    def knows_redeliveries(self, kind):
        """By the barcode."""
        return True

    def check(self, pipe):
        assert pipe.database.products() == expected_products()

    def state(self, pipe):
        """All but the barcode that comes twice: its two rows change the entry each time, there and back."""
        times = pipe.database.change_times()
        del times["6216617939"]
        return times


class Events(Case):
    def check(self, pipe):
        assert self.refused(pipe) == self.expected()[0]
        sent = [json.loads(message.value) for message in pipe.broker.read(self.topic(pipe))]
        there = pipe.database.query("SELECT value, metadata FROM events")
        assert ordered(there) == ordered(sent)

    def state(self, pipe):
        return pipe.database.query("SELECT id, updated_at FROM events ORDER BY id")


class Movements(Case):
    def prepare(self, pipe):
        products = CASES["product"]
        products.produce(pipe)
        products.consume(pipe)

    def check(self, pipe):
        refused, levels = self.expected()
        assert self.refused(pipe) == refused
        assert self.levels(pipe) == levels

    def levels(self, pipe):
        return {barcode: product["stock_available"] for barcode, product in pipe.database.products().items()}

    def state(self, pipe):
        return self.levels(pipe)


CASES = {
    "product": Products("product", "products.csv"),
    "event": Events("event", "events.csv"),
    "stock": Movements("stock", "stock.csv"),
}


def run(pipe, program, *arguments, **settings):
    """To its end; its summary."""
    return pipe.programs.start(program, "--summary", "json", *arguments, **settings).ends_with(0, 120).summary()


def ordered(events):
    """As JavaScript has them: every number is a double."""
    texts = [json.dumps([event["value"], event.get("metadata")], sort_keys=True) for event in events]
    return sorted(json.dumps(json.loads(text, parse_int=float)) for text in texts)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def kind_env(kind, session_stack):
    with session_stack.beside(kind.name, *kind.options) as stack:
        yield stack.env


@pytest.fixture
def target_env(kind_env):
    return kind_env


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


class Api:
    """Somebody else who writes to Strapi, and publishes what he writes."""

    def __init__(self, env):
        self.env = env

    def post(self, entry):
        return requests.post(
            f"{self.env['STRAPI_URL']}/api/products",
            json={"data": entry},
            headers={"Authorization": f"Bearer {self.env['STRAPI_TOKEN']}"},
            timeout=30,
        )

    def create(self, entry):
        answer = self.post(entry)
        assert answer.ok, answer.text


@pytest.fixture
def api(kind_env):
    return Api(kind_env)


def published(database, table):
    return database.query(f"SELECT * FROM {table} WHERE published_at IS NOT NULL ORDER BY id")


def rows_of(database, barcode):
    return database.query("SELECT * FROM products WHERE barcode = %s ORDER BY id", (barcode,))


def test_a_feed_and_what_comes_again(pipe, kind, case):
    case.prepare(pipe)
    case.produce(pipe)
    case.consume(pipe)
    case.check(pipe)
    assert pipe.broker.is_committed(case.topic(pipe), pipe.group)
    if kind.drafts:
        assert published(pipe.database, "products") == published(pipe.database, "events") == []
    before = case.state(pipe)
    case.again(pipe)
    assert (case.state(pipe) == before) == case.knows_redeliveries(kind)


def test_a_feed_by_the_plugin(pipe, kind, case):
    """The same effects. Told apart from what comes again are messages, not what they say: the group's second
    process finds nothing to do."""
    if kind.bare:
        pytest.skip("it has no plugin")
    if case.name == "stock":
        CASES["product"].produce(pipe)
        run(pipe, "product-consumer", "--until-end", SINK="ingest")
    case.produce(pipe)
    case.consume(pipe, SINK="ingest")
    case.check(pipe)
    assert pipe.broker.is_committed(case.topic(pipe), pipe.group)
    if kind.drafts:
        assert published(pipe.database, "products") == published(pipe.database, "events") == []
    before = case.state(pipe)
    assert case.consume(pipe, SINK="ingest")["done"] == 0
    assert case.state(pipe) == before


def test_a_change_changes_its_entry_only(pipe, kind):
    products = catalogue(20)
    pipe.send(products)
    pipe.consume()
    before = pipe.database.change_times()
    changed = {**products[7], "description": "Now better than ever"}
    pipe.send([changed])
    assert pipe.consume()["updated"] == 1
    after = pipe.database.change_times()
    assert [barcode for barcode in before if after[barcode] != before[barcode]] == [changed["barcode"]]
    pipe.check_delivered([changed if item["barcode"] == changed["barcode"] else item for item in products])
    if kind.drafts:
        assert published(pipe.database, "products") == []


def test_what_somebody_published(pipe, kind, api):
    """A feed changes it, and neither publishes nor hides anything."""
    first, second = product(1), product(2)
    api.create(first)
    api.create(second)
    before = [row for row in pipe.database.rows() if row.get("published_at")]
    pipe.send([{**first, "name": "Renamed"}, second])
    consumed = pipe.consume()
    assert (consumed["updated"], consumed["unchanged"], consumed["created"]) == (1, 1, 0)
    after = [row for row in pipe.database.rows() if row.get("published_at")]
    names = [row["name"] for row in rows_of(pipe.database, first["barcode"])]
    if kind.drafts and kind.strapi == 5:
        # The draft and the published version are two rows of one barcode.
        assert after == before and len(before) == 2
        assert sorted(names) == ["Product 1", "Renamed"]
        (draft,) = [row for row in rows_of(pipe.database, first["barcode"]) if not row["published_at"]]
        assert draft["name"] == "Renamed"
    else:
        assert names == ["Renamed"] and len(after) == len(before)


def test_a_barcode_that_is_there_twice(pipe, kind, api):
    """Where no index prevents it: the oldest is the one that is changed."""
    twin = product(1)
    api.create(twin)
    if kind.has_index:
        assert api.post(twin).status_code == 500
        return
    api.create(twin)
    pipe.send([{**twin, "name": "Renamed"}])
    assert pipe.consume()["updated"] == 1
    names = [row["name"] for row in pipe.database.rows() if not (kind.drafts and row["published_at"])]
    assert names == ["Renamed", twin["name"]]


def test_what_is_found_out(pipe, kind, api):
    api.create(product(1))
    check = pipe.start_consumer("--check-target").ends_with(0)
    assert f" strapi={kind.strapi} drafts={'on' if kind.drafts else 'off'} " in check.stderr
    pipe.database.empty()
    check = pipe.start_consumer("--check-target").ends_with(0)
    drafts = "unknown" if kind.strapi == 5 else "on" if kind.drafts else "off"
    assert f" strapi={kind.strapi} drafts={drafts} " in check.stderr


# What becomes of a movement that names its product so, on Strapi 4 and 5.
NAMES = {
    "id": lambda kind: "unstable_id" if kind.drafts and kind.strapi == 5 else None,
    "documentId": lambda kind: "invalid_field" if kind.strapi == 4 else None,
    "barcode": lambda kind: None,
}


@pytest.mark.parametrize("case", ["stock"], indirect=True)
def test_each_name_of_a_product(pipe, kind, case):
    pipe.send(catalogue(3))
    pipe.consume()
    before = pipe.database.rows()
    named = [{"id": row["id"], "documentId": row.get("document_id", "x"), "barcode": row["barcode"]} for row in before]
    moves = {name: {name: each[name], "amount": 5, "type": "IN"} for name, each in zip(NAMES, named)}
    pipe.broker.create_topic(case.topic(pipe), 3)
    pipe.broker.send(case.topic(pipe), [("1", json.dumps(move)) for move in moves.values()])
    case.consume(pipe)
    codes = {name: code(kind) for name, code in NAMES.items()}
    assert {record["field"]: record["code"] for record in pipe.errors()} == {n: c for n, c in codes.items() if c}
    moved = [row["stock_available"] - old["stock_available"] for row, old in zip(pipe.database.rows(), before)]
    assert moved == [0 if code else 5 for code in codes.values()]
