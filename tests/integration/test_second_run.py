"""The same feed again: nothing is sent twice by accident, and all is sent when it is wanted."""

import gzip
import json
import shutil
import signal

import pytest

from pipe import catalogue, product
from waiting import wait_for

# One that takes a while: hundreds of transactions.
SLOWLY = {"TRANSACTION_ROWS": 20}


@pytest.fixture(autouse=True)
def own_progress(settings):
    """A progress topic of this test's own."""
    settings["FEED_PROGRESS_TOPIC"] = settings["TOPIC"].replace("product", "progress")


@pytest.fixture
def progress(settings):
    return settings["FEED_PROGRESS_TOPIC"]


def records(pipe, progress):
    """{key: its last record}; a forgotten one is not in it, nor what its first rows were."""
    last = {message.key.decode(): message.value for message in pipe.broker.read(progress)}
    last = {key: value for key, value in last.items() if not key.endswith("/rows")}
    return {key: json.loads(value) for key, value in last.items() if value}


def count(pipe):
    """Messages that are committed; the ends count the marks of transactions as well."""
    return len(pipe.broker.read(pipe.topic))


def feed_of(pipe, number=5, name="feed.csv"):
    """Good rows, and a bad one at the end."""
    return pipe.write_feed(catalogue(number) + [product(999, status="Safe")], name)


def check_skipped(summary):
    assert summary["sent_before"] is True and summary["ended"]
    assert summary["rows"] == summary["sent"] == summary["rejected"] == summary["unconfirmed"] == 0
    return summary["ended"]


def test_a_second_run_sends_nothing(pipe, progress):
    feed = feed_of(pipe)
    first = pipe.produce(feed)
    before = pipe.broker.ends(pipe.topic)
    check_skipped(pipe.produce(feed))
    check_skipped(pipe.produce(feed, "--strict"))
    assert pipe.broker.ends(pipe.topic) == before and len(pipe.errors()) == 1
    ((key, record),) = records(pipe, progress).items()
    assert key == f"{first['feed_id']}/{pipe.topic}"
    assert (record["file"], record["state"]) == ("feed.csv", "complete")
    assert (record["rows"], record["sent"], record["rejected"]) == (6, 5, 1)
    assert record["inode"] == str(feed.stat().st_ino) and record["offset"] == feed.stat().st_size
    # To another topic it has not been sent.
    other = pipe.topic + "-other"
    assert pipe.produce(feed, TOPIC=other)["sent"] == 5
    check_skipped(pipe.produce(feed, TOPIC=other))


def test_a_file_with_the_same_content(pipe, progress):
    feed = feed_of(pipe)
    first = pipe.produce(feed)
    copy = pipe.folder / "copy.csv"
    shutil.copy(feed, copy)
    assert "feed.csv" in check_skipped(pipe.produce(copy))
    # Perhaps it is a delivery: a job that runs by itself has to hear that it was not sent.
    assert pipe.produce(copy, "--strict", code=65)["duplicate"] is True
    assert count(pipe) == 5
    # Its name counts: it is another feed, with error records of its own.
    second = pipe.produce(copy, IDENTITY="name")
    assert second["sent"] == 5 and second["feed_id"].startswith(first["feed_id"] + "@")
    assert {r["feed_id"] for r in pipe.errors()} == {first["feed_id"], second["feed_id"]}
    check_skipped(pipe.produce(copy, IDENTITY="name"))
    check_skipped(pipe.produce(feed, IDENTITY="name"))
    check_skipped(pipe.produce(copy))
    assert count(pipe) == 10


def test_renamed_touched_and_packed(pipe):
    """A file that was moved is the same one; what was written anew is not, whatever its form."""
    feed = feed_of(pipe)
    pipe.produce(feed)
    moved = feed.rename(pipe.folder / "moved.csv")
    assert "another file" not in check_skipped(pipe.produce(moved))
    moved.touch()
    assert "another file" in check_skipped(pipe.produce(moved))
    with open(moved, "rb") as plain:
        packed = pipe.write_bytes(gzip.compress(plain.read()), "feed.csv.gz")
    assert "another file" in check_skipped(pipe.produce(packed))
    assert count(pipe) == 5


def test_forced(pipe, progress):
    """Each forced run has a number, which is in its messages and error records."""
    feed = feed_of(pipe)
    ids = [pipe.produce(feed)["feed_id"]] + [pipe.produce(feed, "--force")["feed_id"] for _ in range(2)]
    assert ids == [ids[0], ids[0] + "#2", ids[0] + "#3"]
    assert sorted(r["id"] for r in pipe.errors()) == sorted(f"feed/{feed_id}/6" for feed_id in ids)
    sent = [message.headers["feed-id"].decode() for message in pipe.broker.read(pipe.topic)]
    assert {feed_id: sent.count(feed_id) for feed_id in ids} == {feed_id: 5 for feed_id in ids}
    check_skipped(pipe.produce(feed))
    assert len(records(pipe, progress)) == 3


def test_several_files_each_by_itself(pipe):
    first, second = feed_of(pipe, 3, "one.csv"), feed_of(pipe, 4, "two.csv")
    pipe.produce(first)
    program = pipe.programs.start("product-producer", "--summary", "json", first, second, second).ends_with(0)
    skipped, sent, again = [json.loads(line) for line in program.stdout.splitlines()]
    check_skipped(skipped)
    check_skipped(again)
    assert sent["sent"] == 4 and count(pipe) == 7


def test_standard_input_is_always_sent(pipe, progress):
    for _ in range(2):
        with open(feed_of(pipe), "rb") as feed:
            pipe.programs.start("product-producer", "-", stdin=feed).ends_with(0)
    assert count(pipe) == 10
    # It was told of while it was sent, and is forgotten.
    assert len({message.key for message in pipe.broker.read(progress)}) == 2
    assert records(pipe, progress) == {}


def test_nothing_is_recorded_of_what_was_not_sent(pipe, progress):
    feed = feed_of(pipe)
    pipe.produce(feed, "--dry-run")
    pipe.produce(pipe.write_feed([], "empty.csv"))
    pipe.produce(pipe.write_bytes(b"a,b\n1,2\n", "header.csv"), code=65)
    assert pipe.broker.partitions(progress) == []
    assert pipe.produce(feed)["sent"] == 5


def test_all_rows_refused_is_not_sent(pipe):
    """Read with the wrong settings, perhaps: nothing is there that could come twice."""
    feed = pipe.write_feed([product(1, status="Safe"), product(2, status="Safe")])
    assert pipe.produce(feed)["rejected"] == 2
    assert pipe.produce(feed, "--map", "status=none", "--set", "status=safe")["rejected"] == 2
    assert len({r["id"] for r in pipe.errors()}) == 2


def test_a_feed_that_breaks_off_is_not_complete(pipe, progress):
    feed = pipe.write_bytes(b'[{"name":"a","barcode":"1"},\n{"name":"b","barcode":"2"},\n{"name":"c}]')
    assert pipe.produce(feed, code=65)["sent"] == 2
    (record,) = records(pipe, progress).values()
    assert (record["state"], record["sent"]) == ("stopped", 2)
    assert pipe.produce(feed, code=65)["sent"] == 2


def start_slowly(pipe, feed):
    """A producer in the middle of its feed."""
    producer = pipe.programs.start("product-producer", "--summary", "json", feed, **SLOWLY)
    wait_for(lambda: sum(pipe.broker.ends(pipe.topic).values()) > 50, "the first rows")
    assert producer.is_running
    return producer


def check_again(pipe, feed, progress):
    """It is gone on with behind what is there, under the same name; the account is of the whole feed."""
    summary = pipe.produce(feed)
    assert summary["sent"] == 20000 and 0 < summary["rows_before"] < 20000
    assert sorted(int(m.headers["row"]) for m in pipe.broker.read(pipe.topic)) == list(range(1, 20001))
    ((key, record),) = records(pipe, progress).items()
    assert key == f"{summary['feed_id']}/{pipe.topic}" and record["state"] == "complete"
    check_skipped(pipe.produce(feed))


def test_killed_and_run_again(pipe, progress):
    feed = pipe.write_feed(catalogue(20000))
    producer = start_slowly(pipe, feed)
    producer.kill()
    (record,) = records(pipe, progress).values()
    assert record["state"] == "started"
    check_again(pipe, feed, progress)


def test_interrupted_and_run_again(pipe, progress):
    feed = pipe.write_feed(catalogue(20000))
    producer = start_slowly(pipe, feed)
    producer.terminate()
    producer.ends_with(75)
    (record,) = records(pipe, progress).values()
    assert record["state"] == "stopped" and record["sent"] == count(pipe) > 0
    check_again(pipe, feed, progress)


def test_two_at_the_same_time(pipe, progress):
    feed = pipe.write_feed(catalogue(20000))
    started = [pipe.programs.start("product-producer", "--summary", "json", feed) for _ in range(4)]
    summaries = [producer.ends_with(0).summary() for producer in started]
    assert sorted(summary["sent"] for summary in summaries) == [0, 0, 0, 20000]
    assert count(pipe) == 20000
    check_skipped(pipe.produce(feed))
    assert count(pipe) == 20000


def test_one_that_goes_on_is_noticed(pipe, progress):
    """What has begun, and is not at its end, may be dead or alive: its records tell."""
    feed = pipe.write_feed(catalogue(5))
    name = pipe.produce(feed, TOPIC=pipe.topic + "-other")["feed_id"]
    key = f"{name}/{pipe.topic}"
    record = {**records(pipe, progress)[f"{name}/{pipe.topic}-other"], "state": "started"}
    pipe.broker.send(progress, [(key, json.dumps(record))])
    late = pipe.programs.start("product-producer", "--summary", "json", feed)
    wait_for(lambda: "run-unfinished" in late.stderr, "a producer that waits")
    pipe.broker.send(progress, [(key, json.dumps({**record, "sent": 9}))])
    assert "right now" in check_skipped(late.ends_with(0).summary())
    assert pipe.broker.partitions(pipe.topic) and count(pipe) == 0


def test_an_interrupted_wait(pipe, progress):
    feed = pipe.write_feed(catalogue(5))
    name = pipe.produce(feed, TOPIC=pipe.topic + "-other")["feed_id"]
    record = {**records(pipe, progress)[f"{name}/{pipe.topic}-other"], "state": "started"}
    pipe.broker.send(progress, [(f"{name}/{pipe.topic}", json.dumps(record))])
    late = pipe.programs.start("product-producer", "--summary", "json", feed)
    wait_for(lambda: "run-unfinished" in late.stderr, "a producer that waits")
    late.signal(signal.SIGTERM)
    late.ends_with(75)
    assert count(pipe) == 0


@pytest.mark.parametrize("partitions, policy", [(1, "delete"), (3, "compact"), (1, "compact,delete")])
def test_a_topic_that_would_forget(pipe, progress, partitions, policy):
    pipe.broker.create_topic(progress, partitions, cleanup_policy=policy)
    producer = pipe.programs.start("product-producer", feed_of(pipe)).ends_with(78)
    assert "FEED_PROGRESS_TOPIC" in producer.stderr and progress in producer.stderr
    assert count(pipe) == 0


def test_the_topic_is_made_as_it_has_to_be(pipe, progress):
    pipe.produce(feed_of(pipe))
    assert pipe.broker.partitions(progress) == [0]
    assert pipe.broker.setting(progress, "cleanup.policy") == "compact"


@pytest.mark.parametrize("name", ["", "no/topic", "TOPIC", "ERROR_TOPIC"])
def test_names_that_cannot_be(pipe, name, settings):
    wanted = settings.get(name, name)
    producer = pipe.programs.start("product-producer", "--feed-progress-topic", wanted, feed_of(pipe))
    producer.ends_with(78)
    assert "FEED_PROGRESS_TOPIC" in producer.stderr
