"""The error topic in trouble while the consumer runs: the offset of a refused message waits for its record,
and it recovers by itself. What happens at a start, and to producers, is in
tests/integration/test_error_topic.py."""

import pytest

from acls import Acls
from feeds import Record
from waiting import wait_for

GOOD = 60


def send_poison(flow, noise=""):
    """Behind good ones; its (partition, offset)."""
    flow.send_records([flow.feed.good(1000 + n) for n in range(GOOD)])
    (place,) = flow.send_records([Record("poison", raw=f"no JSON {noise}".encode())])
    return place


def await_all_but(flow, place):
    """Everything else is done, and committed: the poison's partition up to it."""
    partition, offset = place
    wanted = {**flow.ends(), partition: offset}
    wanted = {p: end for p, end in wanted.items() if end}
    wait_for(lambda: {p: at for p, at in flow.committed().items() if at} == wanted, f"the offsets {wanted}")


@pytest.fixture
def flow(case):
    """At work, and all is well."""
    flow = case.flow("product")
    flow.consumer = flow.start_consumer()
    flow.send_records([Record("poison", raw=b"the first")])
    flow.await_end()
    return flow


def check(flow):
    flow.await_end()
    flow.account().check()
    assert flow.consumer.is_running


@pytest.mark.parametrize("seen", [True, False], ids=["described", "not_described"])
def test_not_authorized(flow, seen):
    with Acls(flow.case.env["BROKERS"]).denied(flow.error_topic, seen):
        place = send_poison(flow)
        await_all_but(flow, place)
        assert flow.consumer.is_running
    check(flow)


def test_deleted(flow):
    """It is created again."""
    flow.broker.delete_topics([flow.error_topic])
    wait_for(lambda: not flow.broker.partitions(flow.error_topic), "it is gone")
    partition, offset = send_poison(flow)
    flow.await_end()
    (record,) = flow.records()[0].values()
    assert (record["partition"], record["offset"]) == (partition, offset)


def test_too_large_for_it_now(flow):
    """Its limit was lowered: the record is cut to it."""
    flow.broker.alter_topic(flow.error_topic, max_message_bytes=10000)
    # Batches are compressed: what is to be too large must not shrink.
    place = send_poison(flow, flow.case.chance.randbytes(50000).hex())
    flow.await_end()
    record = {(r["partition"], r["offset"]): r for r in flow.records()[0].values()}[place]
    assert record["message_truncated"] is True
    check(flow)


def test_refused_by_the_broker(flow):
    """It takes nothing that was made before now."""
    flow.broker.alter_topic(flow.error_topic, message_timestamp_before_max_ms=0)
    place = send_poison(flow)
    await_all_but(flow, place)
    flow.broker.alter_topic(flow.error_topic, message_timestamp_before_max_ms=2**63 - 1)
    check(flow)
