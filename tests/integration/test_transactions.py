"""Rows, error records and progress are committed together: each row is there once, whatever happens."""

import gzip
import json
import os
import random
import shutil
import signal

import pytest
from confluent_kafka import Consumer, TopicPartition

from pipe import catalogue, product
from waiting import wait_for

ROWS = 3000
# Every so many rows one is refused.
BAD = 50
# Hundreds of transactions; a run that did not end is gone on with at once.
SMALL = {"TRANSACTION_ROWS": 20, "TAKEOVER_AFTER": "0s"}


@pytest.fixture(autouse=True)
def own_progress(settings):
    settings["FEED_PROGRESS_TOPIC"] = settings["TOPIC"].replace("product", "progress")


class Progress:
    """What the progress topic says of this test's one feed, followed as it grows."""

    def __init__(self, broker, topic):
        self.broker, self.topic = broker, topic
        self.reader = None
        self.last = None

    def record(self):
        """Its last record that has come; None: none yet."""
        if self.reader is None and self.broker.partitions(self.topic):
            self.reader = self.broker.reader("tests-progress")
            self.reader.assign([TopicPartition(self.topic, 0, 0)])
        for message in self.reader.consume(1000, 0.02) if self.reader else []:
            if message.error() is None and not message.key().endswith(b"/rows"):
                self.last = json.loads(message.value()) if message.value() else None
        return self.last

    def rows(self):
        record = self.record()
        return record["rows"] if record else 0

    def close(self):
        if self.reader:
            self.reader.close()


@pytest.fixture
def progress(broker, settings):
    progress = Progress(broker, settings["FEED_PROGRESS_TOPIC"])
    yield progress
    progress.close()


def rows_of(count):
    return [product(n, status="Safe") if n % BAD == 0 else product(n) for n in range(1, count + 1)]


def check_each_once(pipe, count=ROWS):
    """Every row is a message or an error record, and no row is there twice."""
    sent = sorted(int(m.headers["row"]) for m in pipe.broker.read(pipe.topic))
    refused = sorted(record["row"] for record in pipe.errors())
    assert sent == [n for n in range(1, count + 1) if n % BAD]
    assert refused == [n for n in range(1, count + 1) if n % BAD == 0]


def check_complete(pipe, progress, summary, count=ROWS):
    check_each_once(pipe, count)
    bad = count // BAD
    assert (summary["rows"], summary["sent"], summary["rejected"]) == (count, count - bad, bad)
    wait_for(lambda: progress.record()["state"] == "complete", "the last record")
    record = progress.record()
    assert (record["rows"], record["sent"], record["rejected"]) == (count, count - bad, bad)


def start(pipe, feed, **settings):
    return pipe.programs.start("product-producer", "--summary", "json", feed, **{**SMALL, **settings})


def await_rows(progress, more=1):
    goal = progress.rows() + more
    wait_for(lambda: progress.rows() >= goal, f"{goal} rows")


def kill_until_done(pipe, progress, feed, seed):
    """Again and again, each time somewhere further on. How often it was killed."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    kills = 0
    while True:
        producer = start(pipe, feed)
        goal = progress.rows() + chance.randrange(1, ROWS // 4)
        wait_for(lambda: not producer.is_running or progress.rows() >= goal, f"{goal} rows")
        if not producer.is_running:
            return kills, producer.ends_with(0).summary()
        producer.kill()
        kills += 1


def test_killed_again_and_again(pipe, progress):
    feed = pipe.write_feed(rows_of(ROWS))
    kills, summary = kill_until_done(pipe, progress, feed, 5)
    assert kills > 0
    check_complete(pipe, progress, summary)


def test_killed_again_and_again_in_gzip(pipe, progress):
    plain = pipe.write_feed(rows_of(ROWS))
    feed = pipe.write_bytes(gzip.compress(plain.read_bytes()), "feed.csv.gz")
    kills, summary = kill_until_done(pipe, progress, feed, 6)
    assert kills > 0
    check_complete(pipe, progress, summary)


def test_stopped_and_gone_on_with(pipe, progress):
    """SIGTERM commits what is open; the next run does not have to wonder whether somebody is at it."""
    feed = pipe.write_feed(rows_of(ROWS))
    producer = start(pipe, feed, TAKEOVER_AFTER="10m")
    await_rows(progress)
    producer.terminate()
    first = producer.ends_with(75).summary()
    assert first["unconfirmed"] == 0
    wait_for(lambda: progress.record()["state"] == "stopped", "the last record")
    assert first["rows"] == progress.rows() < ROWS
    check_complete(pipe, progress, start(pipe, feed, TAKEOVER_AFTER="10m").ends_with(0).summary())


def test_a_feed_that_is_taken(pipe, progress):
    """One that is frozen, and not dead: another goes on in its place, and when it wakes up it lets go."""
    feed = pipe.write_feed(rows_of(ROWS))
    frozen = start(pipe, feed)
    await_rows(progress)
    frozen.signal(signal.SIGSTOP)
    assert frozen.is_running
    summary = start(pipe, feed).ends_with(0).summary()
    frozen.signal(signal.SIGCONT)
    late = frozen.ends_with(0).summary()
    assert late["sent_before"] and late["unconfirmed"] == 0 and "is not sent a second time" in late["ended"]
    check_complete(pipe, progress, summary)


def test_two_that_take_it_from_each_other(pipe, progress):
    """Both believe that the other one is dead: one of them has it in the end."""
    feed = pipe.write_feed(rows_of(ROWS))
    both = [start(pipe, feed) for _ in range(2)]
    ended = [producer.ends_with(0).summary() for producer in both]
    assert sorted(summary.get("sent_before", False) for summary in ended) == [False, True]
    check_complete(pipe, progress, next(summary for summary in ended if "sent_before" not in summary))


def uncommitted(pipe):
    """Messages that are there, whether they count or not."""
    reader = Consumer(
        {**pipe.broker.config, "group.id": "tests", "enable.partition.eof": True,
         "isolation.level": "read_uncommitted"}
    )
    partitions = pipe.broker.partitions(pipe.topic)
    if not partitions:
        return []
    try:
        reader.assign([TopicPartition(pipe.topic, p, 0) for p in partitions])
        return pipe.broker.read_to_end(reader, set(partitions))
    finally:
        reader.close()


# A reader looks at the first 4 KiB of a stream before it makes rows of them.
FIRST = 100


class Stream:
    """Standard input that is held open: rows come when the test says so."""

    def __init__(self, pipe, **settings):
        reading, self.writing = os.pipe()
        self.producer = pipe.programs.start("product-producer", "--summary", "json", "-", stdin=reading, **settings)
        os.close(reading)

    def write(self, path, skip_header=False):
        lines = path.read_bytes().split(b"\n", 1)
        os.write(self.writing, lines[1] if skip_header else b"\n".join(lines))

    def end(self):
        os.close(self.writing)
        return self.producer.ends_with(0).summary()


def test_a_stalled_stream_is_committed(pipe):
    stream = Stream(pipe, TRANSACTION_TIME="200ms")
    stream.write(pipe.write_feed(catalogue(FIRST)))
    wait_for(lambda: len(pipe.broker.read(pipe.topic)) == FIRST, "the first rows, with the stream open")
    stream.write(pipe.write_feed(catalogue(5, FIRST + 1)), skip_header=True)
    wait_for(lambda: len(pipe.broker.read(pipe.topic)) == FIRST + 5, "5 more")
    assert stream.end()["sent"] == FIRST + 5


def test_a_transaction_that_timed_out(pipe):
    """The brokers end it, and say that there is another producer. There is none, so the rows are sent anew:
    those of a stream from memory."""
    stream = Stream(pipe, TRANSACTION_TIME="2s", RDKAFKA_TRANSACTION_TIMEOUT_MS=6000)
    stream.write(pipe.write_feed(catalogue(FIRST)))
    wait_for(lambda: len(uncommitted(pipe)) == FIRST, "the first rows that are not committed")
    stream.producer.signal(signal.SIGSTOP)
    assert pipe.broker.read(pipe.topic) == []
    # An aborted transaction ends in a mark on each partition, and these are not messages.
    before = sum(pipe.broker.ends(pipe.topic).values())
    wait_for(lambda: sum(pipe.broker.ends(pipe.topic).values()) > before, "the end of the transaction")
    stream.producer.signal(signal.SIGCONT)
    stream.write(pipe.write_feed(catalogue(5, FIRST + 1)), skip_header=True)
    assert stream.end()["sent"] == FIRST + 5
    assert sorted(int(m.headers["row"]) for m in pipe.broker.read(pipe.topic)) == list(range(1, FIRST + 6))
    assert len(uncommitted(pipe)) > FIRST + 5


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_the_broker_restarts(pipe, progress, stack, how):
    feed = pipe.write_feed(rows_of(ROWS))
    producer = start(pipe, feed)
    await_rows(progress)
    if how == "kill":
        stack.run("kill", "kafka")
        stack.start("kafka")
    else:
        stack.run("restart", "kafka")
    check_complete(pipe, progress, producer.ends_with(0, 180).summary())


def test_a_file_that_is_replaced(pipe, progress):
    """What is not committed when that is seen is dropped, and nothing of the new content is sent."""
    feed = pipe.write_feed(rows_of(ROWS))
    producer = start(pipe, feed)
    await_rows(progress)
    other = pipe.write_feed(rows_of(10), "other.csv")
    os.replace(other, feed)
    summary = producer.ends_with(65).summary()
    wait_for(lambda: progress.record()["state"] == "stopped", "the last record")
    record = progress.record()
    assert record["rows"] < ROWS
    assert (record["sent"], record["rejected"]) == (summary["sent"], summary["rejected"])
    assert len(pipe.broker.read(pipe.topic)) == summary["sent"]
    assert len(pipe.errors()) == summary["rejected"]


def test_without_transactions(pipe, progress):
    """No marks; and it goes on where the progress was."""
    feed = pipe.write_feed(rows_of(ROWS))
    plain = {"TRANSACTIONS": "false"}
    producer = start(pipe, feed, **plain)
    await_rows(progress)
    producer.kill()
    summary = start(pipe, feed, **plain).ends_with(0).summary()
    assert 0 < summary["rows_before"] < ROWS
    assert (summary["rows"], summary["sent"] + summary["rejected"]) == (ROWS, ROWS)
    rows = [int(m.headers["row"]) for m in pipe.broker.read(pipe.topic)]
    assert sorted(set(rows)) == [n for n in range(1, ROWS + 1) if n % BAD]
    # What had been sent behind the last progress comes twice.
    assert len(rows) - len(set(rows)) <= SMALL["TRANSACTION_ROWS"] * 2
    assert sum(pipe.broker.ends(pipe.topic).values()) == len(rows)


@pytest.mark.parametrize(
    "given, word",
    [
        ({"TRANSACTION_TIME": "5s", "RDKAFKA_TRANSACTION_TIMEOUT_MS": 10000}, "TRANSACTION_TIME"),
        ({"RDKAFKA_TRANSACTIONAL_ID": "mine"}, "transactional.id"),
        ({"RDKAFKA_TRANSACTION_TIMEOUT_MS": 100}, "transaction.timeout.ms"),
    ],
)
def test_settings_that_cannot_be(pipe, given, word):
    producer = pipe.programs.start("product-producer", pipe.write_feed(catalogue(1)), **given).ends_with(78)
    assert word in producer.stderr


def test_a_message_too_large_spoils_nothing(pipe, progress):
    """The brokers refuse a batch as a whole, and with it the transaction; the row that it was is refused, and
    its neighbours are sent."""
    stream = Stream(pipe, TRANSACTION_TIME="1s")
    stream.write(pipe.write_feed(catalogue(FIRST)))
    wait_for(lambda: len(pipe.broker.read(pipe.topic)) == FIRST, "the topic")
    pipe.broker.alter_topic(pipe.topic, max_message_bytes=2000)
    large = product(FIRST + 2, description="".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20000)))
    stream.write(pipe.write_feed([product(FIRST + 1), large, product(FIRST + 3)]), skip_header=True)
    wait_for(lambda: len(pipe.broker.read(pipe.topic)) == FIRST + 2, "the others")
    summary = stream.end()
    assert (summary["sent"], summary["codes"]) == (FIRST + 2, {"too_large": 1})
    (record,) = pipe.errors()
    assert (record["code"], record["row"]) == ("too_large", FIRST + 2)
