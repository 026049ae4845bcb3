"""The error topic itself in trouble: the offset of a refused message waits for its record."""

import base64
import json
import random

import pytest

from acls import Acls
from pipe import by_barcode, catalogue
from waiting import wait_for

# The group notices after this time that a member was killed; by default 45 s.
NOTICED = {"RDKAFKA_SESSION_TIMEOUT_MS": "6000"}

# A topic that takes no record which was made before now: a refusal that no client sees coming. The
# customary one, min.insync.replicas=2, does nothing on a single broker: Kafka 4 takes the number of
# replicas there are. The batch waits a while, so that its time is past for certain.
REFUSING = {"message_timestamp_before_max_ms": 0}
ACCEPTING = {"message_timestamp_before_max_ms": 2**63 - 1}
LATE = {"RDKAFKA_LINGER_MS": "50"}
# Far above what a program takes to end, far below what it waits for Strapi by default.
ENDED = 20


def test_missing_topics_are_created(pipe):
    pipe.produce(pipe.write_feed([[1, 2, 3, 4, "Safe"]]))
    assert len(pipe.broker.partitions(pipe.topic)) == len(pipe.broker.partitions(pipe.error_topic)) == 3
    assert len(pipe.errors()) == 1


def test_a_consumer_creates_them_too(pipe):
    pipe.consume(PARTITIONS="2")
    assert len(pipe.broker.partitions(pipe.topic)) == len(pipe.broker.partitions(pipe.error_topic)) == 2


def send_poison(pipe, good):
    """One bad message in the midst of good ones of other keys; returns where it is."""
    half = len(good) // 2
    pipe.send(good[:half])
    (place,) = pipe.broker.send(pipe.topic, [("poison", "no JSON")])
    pipe.send(good[half:])
    return place


def test_offsets_wait_for_the_record(pipe):
    good = catalogue(200)
    pipe.broker.create_topic(pipe.error_topic, **REFUSING)
    partition, offset = send_poison(pipe, good)
    consumer = pipe.start_consumer(**LATE)
    pipe.await_products(len(good))
    others = [p for p in pipe.broker.partitions(pipe.topic) if p != partition]
    ends = pipe.broker.ends(pipe.topic)
    expected = {**{p: ends[p] for p in others}, partition: offset}
    pipe.await_offsets(expected)
    assert pipe.errors() == [] and consumer.is_running
    assert ends[partition] > offset + 1

    pipe.broker.alter_topic(pipe.error_topic, **ACCEPTING)
    pipe.await_committed()
    (record,) = pipe.errors()
    assert (record["partition"], record["offset"], record["code"]) == (partition, offset, "undecodable")
    assert pipe.database.products() == by_barcode(good)
    for word in ("error-topic-refuses", "error-topic-accepts-again"):
        assert consumer.stderr.count(f"event={word} ") == 1


def kill(consumer):
    consumer.kill()


def terminate(consumer):
    """It does not wait for the error topic for ever: two seconds longer than for Strapi."""
    consumer.terminate()
    consumer.ends_with(75, ENDED)


@pytest.mark.parametrize("end", [kill, terminate])
def test_ended_while_the_record_waits(pipe, end):
    """Its offset is not committed, so the next start reads the message again: one record."""
    good = catalogue(20)
    pipe.broker.create_topic(pipe.error_topic, **REFUSING)
    partition, offset = send_poison(pipe, good)
    consumer = pipe.start_consumer(REQUEST_TIMEOUT="1s", **NOTICED, **LATE)
    pipe.await_products(len(good))
    expected = {**pipe.broker.ends(pipe.topic), partition: offset}
    pipe.await_offsets(expected)
    end(consumer)
    assert pipe.errors() == []
    pipe.await_offsets(expected, deadline=0)
    pipe.broker.alter_topic(pipe.error_topic, **ACCEPTING)
    pipe.consume(**NOTICED)
    assert [record["offset"] for record in pipe.errors()] == [offset]
    assert pipe.is_committed() and pipe.database.products() == by_barcode(good)
    assert pipe.database.written_twice() == []


def await_refusal(pipe, producer):
    """Its transaction was refused, so it is aborted."""
    wait_for(lambda: pipe.error_topic in producer.stderr, "a word about the error topic")


def refused(pipe):
    """The error topic takes no record of a transaction, and its markers still: a Kafka 4 that cannot write a
    marker, as with REFUSING, has that transaction hang until it is restarted."""
    return Acls(pipe.broker.servers).denied(pipe.error_topic, seen=True)


def test_the_producer_is_ended_while_its_record_waits(pipe):
    """It says what nobody confirmed, and sends it when it is started again."""
    pipe.broker.create_topic(pipe.error_topic)
    feed = pipe.write_feed([[1, 2, 3, 4, "Safe"], [1, 2, 3, 5, "safe"]])
    with refused(pipe):
        producer = pipe.programs.start("product-producer", "--summary", "json", feed)
        await_refusal(pipe, producer)
        producer.terminate()
        producer.ends_with(75, ENDED)
        summary = producer.summary()
        assert (summary["sent"], summary["rejected"]) == (0, 0)
    assert pipe.sent() == pipe.errors() == []
    pipe.produce(feed)
    assert len(pipe.sent()) == 1 and [record["row"] for record in pipe.errors()] == [1]


def test_a_large_message_is_cut_to_the_topic(pipe):
    message = json.dumps({"name": "n" * 100000, "barcode": "1"})
    pipe.broker.create_topic(pipe.error_topic, max_message_bytes=10000)
    pipe.broker.create_topic(pipe.topic)
    pipe.broker.send(pipe.topic, [(None, message)])
    pipe.consume()
    (record,) = pipe.errors()
    assert record["code"] == "too_long" and record["message_truncated"] is True
    assert record["message_bytes"] == len(message)
    assert len(record["message"]) > 5000 and message.startswith(record["message"])
    assert pipe.is_committed()


def test_a_large_row_is_cut_to_the_topic(pipe):
    """The producer's records obey the topic's limit as well, its rows the other topic's."""
    pipe.broker.create_topic(pipe.error_topic, max_message_bytes=10000)
    summary = pipe.produce(pipe.write_feed([["n" * 100000, "d", 1, 2, "safe"], ["n", "d" * 100000, 1, 3, "safe"]]))
    assert (summary["sent"], summary["rejected"]) == (1, 1)
    (record,) = pipe.errors()
    assert record["code"] == "too_long" and record["message_truncated"] is True and record["row"] == 1


def test_a_row_too_large_for_its_topic(pipe):
    pipe.broker.create_topic(pipe.topic, max_message_bytes=10000)
    good = ["n", "d", 1, 2, "safe"]
    # Batches are compressed: what is to be too large must not shrink.
    noise = base64.b64encode(random.Random(1).randbytes(50000)).decode()
    summary = pipe.produce(pipe.write_feed([good, ["n", noise, 1, 3, "safe"], good]))
    assert (summary["sent"], summary["codes"]) == (2, {"too_large": 1})
    (record,) = pipe.errors()
    assert (record["code"], record["row"]) == ("too_large", 2)


def test_producer_waits_for_the_error_topic(pipe):
    """Rows and refusals are committed together, or the feed has not ended."""
    pipe.broker.create_topic(pipe.error_topic)
    feed = pipe.write_feed([[1, 2, 3, 4, "Safe"], [1, 2, 3, 5, "safe"]])
    with refused(pipe):
        producer = pipe.programs.start("product-producer", "--summary", "json", feed)
        await_refusal(pipe, producer)
        # It goes on trying, and does not say so again.
        wait_for(lambda: "event=progress" in producer.stderr, "a progress line")
        assert producer.is_running and pipe.sent() == []
    producer.ends_with(0)
    for word in ("transaction-lost", "committed-again"):
        assert producer.stderr.count(f"event={word} ") == 1
    assert len(pipe.sent()) == len(pipe.errors()) == 1 and producer.summary()["rejected"] == 1
