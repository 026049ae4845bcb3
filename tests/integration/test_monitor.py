"""error-monitor over an error topic with everything in it: our records, those of the reference
services, duplicates, and bytes that would play tricks on a terminal."""

import json
import signal

import pytest

from pipe import Pipe, product
from waiting import wait_for

REFERENCE = {"error": "Request failed with status code 400", "message": "reference-message"}
GARBAGE = [
    b"\x1b[2J\x1b[31mred\x1b[0m\x07",
    b"\xff\xfe\x00\x01\x9b31m",
    b"not JSON at all\nsecond line\r",
    b"",
    None,
    json.dumps({"error": "\x1b]0;title\x07 \u009b31m", "message": "\x1b[1m", "code": "\x1b[5m"}).encode(),
    json.dumps({"error": {"nested": [1, 2]}, "message": 17, "code": None}).encode(),
    json.dumps([1, 2, 3]).encode(),
    json.dumps("text").encode(),
]


def fail(pipe):
    """Three kinds of ours from a feed, one twice; poison of the consumer; strangers. Returns ours."""
    rows = [[1, 2, "12x", 3, "safe"], [1, 2, "13x", 4, "safe"], [1, 2, 3, 5, "Safe"], ["", 2, 3, 6, "safe"]]
    pipe.produce(pipe.write_feed(rows, "supplier.csv"))
    pipe.broker.send(pipe.topic, [("1", "poison")])
    pipe.consume()
    ours = pipe.broker.read(pipe.error_topic)
    assert len(ours) == 5
    # A program that was killed writes its last record again.
    pipe.broker.send(pipe.error_topic, [(ours[0].key, ours[0].value)])
    pipe.broker.send(pipe.error_topic, [(None, json.dumps(REFERENCE))])
    pipe.broker.send(pipe.error_topic, [(None, garbage) for garbage in GARBAGE])
    return [json.loads(message.value) for message in ours]


@pytest.fixture(scope="module")
def kept():
    """What the first test has made for all that only read."""
    return {}


@pytest.fixture
def failures(pipe, kept):
    if not kept:
        kept["ours"] = fail(pipe)
        kept["settings"] = pipe.programs.settings
    pipe.programs.settings = kept["settings"]
    shared = Pipe(kept["settings"], pipe.broker, pipe.database, pipe.programs, pipe.folder)
    shared.ours = kept["ours"]
    return shared


def monitor(pipe, *arguments, code=0):
    program = pipe.programs.start("error-monitor", *arguments)
    program.ends_with(code)
    assert_harmless(program.stdout)
    return program.stdout.decode()


def assert_harmless(output):
    """No control character but the newline, neither of ASCII nor of its 8-bit relatives."""
    text = output.decode()
    assert b"\x1b" not in output
    assert [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160] == []


def records(pipe, *arguments):
    return [json.loads(line) for line in monitor(pipe, "--until-end", "--json", *arguments).splitlines()]


def ids(found):
    return sorted(record["id"] for record in found if "id" in record)


def test_one_line_a_failure(failures):
    lines = monitor(failures, "--until-end").splitlines()
    assert len(lines) == len(failures.ours) + 1 + len(GARBAGE)
    for record in failures.ours:
        (line,) = [line for line in lines if record["error"] in line]
        assert record["code"] in line
    assert len([line for line in lines if REFERENCE["error"] in line and "no_code" in line]) == 1


def test_json_is_the_records_themselves(failures):
    found = records(failures)
    assert len(found) == len(failures.ours) + 1 + len(GARBAGE)
    for record in failures.ours:
        assert found.count(record) == 1
    assert found.count(REFERENCE) == 1


FILTERS = [
    (["--code", "invalid_field"], lambda r: r["code"] == "invalid_field"),
    (["--code", "invalid_field", "--code", "bad_choice"], lambda r: r["code"] in ("invalid_field", "bad_choice")),
    (["--service", "product-consumer"], lambda r: r["service"] == "product-consumer"),
    (["--feed", "supplier.csv"], lambda r: r.get("feed") == "supplier.csv"),
    (["--feed", "another.csv"], lambda r: False),
    (["--service", "product-producer", "--code", "undecodable"], lambda r: False),
    (["--since", "2100-01-01"], lambda r: False),
    (["--until", "2000-01-01"], lambda r: False),
    (["--since", "2000-01-01", "--until", "2100-01-01T00:00:00Z", "--feed", "supplier.csv"], lambda r: "feed" in r),
]


def test_filters(failures):
    for arguments, wanted in FILTERS:
        expected = sorted(record["id"] for record in failures.ours if wanted(record))
        assert ids(records(failures, *arguments)) == expected, arguments


def test_filter_by_topic_and_time(failures):
    assert len(ids(records(failures, "--topic", failures.topic))) == len(failures.ours)
    times = sorted(record["failed_at"] for record in failures.ours)
    since = records(failures, "--since", times[-1], "--topic", failures.topic)
    until = records(failures, "--until", times[-1], "--topic", failures.topic)
    assert ids(since) == ids(r for r in failures.ours if r["failed_at"] >= times[-1])
    assert ids(until) == ids(r for r in failures.ours if r["failed_at"] < times[-1])
    assert ids(since) and ids(until)


def test_summary(failures):
    text = monitor(failures, "--summary", "--service", "product-producer", "--service", "product-consumer")
    for code, count in (("invalid_field", 2), ("bad_choice", 1), ("missing_field", 1), ("undecodable", 1)):
        (line,) = [line for line in text.splitlines() if code in line.split()]
        assert line.split()[0] == str(count)
    monitor(failures, "--summary")


def test_summary_as_json(failures):
    summary = json.loads(monitor(failures, "--summary", "--json"))
    assert summary["failures"] == len(failures.ours) + 1 + len(GARBAGE)
    counts = {group["code"]: group["count"] for group in summary["codes"]}
    assert sum(counts.values()) == summary["failures"]
    assert (counts["invalid_field"], counts["bad_choice"], counts["missing_field"]) == (2, 1, 1)
    (group,) = [group for group in summary["codes"] if group["code"] == "invalid_field"]
    ours = [record for record in failures.ours if record["code"] == "invalid_field"]
    assert group["example"] in [record["error"] for record in ours] or group["where"] in ours[0]["error"]
    assert group["first"] <= group["last"]


def test_unknown_code_is_refused(pipe):
    program = pipe.programs.start("error-monitor", "--code", "invalid_feild", "--until-end")
    assert program.wait() in (64, 78) and program.stdout == b""


def test_nothing_has_failed(pipe):
    """No topic yet: that is no error, and it is not made."""
    assert records(pipe) == []
    assert pipe.broker.partitions(pipe.error_topic) == []


def test_new_failures_are_waited_for(pipe):
    ours = fail(pipe)
    program = pipe.programs.start("error-monitor", "--json", "--topic", pipe.topic)
    wait_for(lambda: len(program.stdout.splitlines()) == len(ours), "what is there")
    pipe.produce(pipe.write_feed([product(1, status="new")], "later.csv"))
    wait_for(lambda: b"later.csv" in program.stdout, "the new one")
    program.signal(signal.SIGINT)
    program.ends_with(0)
