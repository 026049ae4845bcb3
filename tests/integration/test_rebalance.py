"""Consumers come, go and die while messages are being written: each product once, nothing lost."""

import pytest

from pipe import catalogue
from waiting import wait_for

COUNT = 600


@pytest.fixture
def filled(pipe):
    pipe.products = catalogue(COUNT)
    pipe.send(pipe.products)
    return pipe


# The group notices after this time that a member was killed; by default 45 s.
NOTICED = {"RDKAFKA_SESSION_TIMEOUT_MS": "6000"}


def check(pipe):
    pipe.await_delivered(pipe.products)
    pipe.await_committed()
    pipe.check_delivered(pipe.products)
    assert pipe.database.written_twice() == []


def await_shared(pipe, members):
    """Until so many have a part of the three partitions each."""
    wait_for(
        lambda: (lambda owners: len(owners) == 3 and len(set(owners.values())) == members)(pipe.owners()),
        f"{members} members share the partitions",
    )


def test_members_come_and_go(filled):
    more = catalogue(900, first=COUNT + 1)
    filled.send(more)
    filled.products += more
    first = filled.start_consumer()
    filled.await_products(100)
    second = filled.start_consumer()
    await_shared(filled, 2)
    assert filled.database.count() < len(filled.products)
    first.terminate()
    first.ends_with(75)
    third = filled.start_consumer()
    await_shared(filled, 2)
    check(filled)
    for consumer in (second, third):
        assert consumer.is_running, consumer
        consumer.terminate()
        consumer.ends_with(75)


def first_gaps(pipe, there, start=None):
    """{partition: offset of the first message, from where it starts, whose product is not there}"""
    gaps = dict(start or {})
    for message in sorted(pipe.broker.read(pipe.topic), key=lambda m: (m.partition, m.offset)):
        at = gaps.setdefault(message.partition, 0)
        if at == message.offset and message.key.decode() in there:
            gaps[message.partition] = at + 1
    return gaps


def test_stopped_in_the_middle_and_started_again(filled):
    """All that a run did is committed when it ends, and nothing that was not done."""
    committed, before = {}, set()
    for part in (1, 2, 3):
        consumer = filled.start_consumer()
        filled.await_products(part * 150)
        consumer.terminate()
        consumer.ends_with(75)
        there = filled.database.products().keys()
        # What an earlier run did behind a gap counts only if this one has come to look at it again.
        least, most = first_gaps(filled, there - before, committed), first_gaps(filled, there)
        committed, before = filled.committed(), there
        assert all(least[p] <= committed.get(p, 0) <= most[p] for p in most), (least, committed, most)
        assert 0 < sum(committed.values()) < COUNT
    # What was done behind a gap is in the note of the last commit, and is not done again.
    assert COUNT - len(there) <= filled.consume()["done"] <= COUNT - sum(committed.values())
    check(filled)


def test_killed_in_the_middle_and_started_again(filled):
    """Each time a part of what was written is committed; the rest is read again."""
    more = catalogue(300, first=COUNT + 1)
    filled.send(more)
    filled.products += more
    committed = 0
    for _ in range(2):
        before = committed
        consumer = filled.start_consumer(**NOTICED)
        wait_for(lambda: before < sum(filled.committed().values()) < filled.database.count(), "more is committed")
        consumer.kill()
        committed = sum(filled.committed().values())
        assert before < committed < filled.database.count() < len(filled.products)
    filled.consume(**NOTICED)
    check(filled)


def test_killed_beside_another(filled):
    first, second = filled.start_consumer(**NOTICED), filled.start_consumer(**NOTICED)
    await_shared(filled, 2)
    filled.await_products(100)
    first.kill()
    check(filled)
    assert second.is_running, second


def test_until_end_leaves_to_the_others_what_is_theirs(filled):
    """Two that end at the end: both end, and only then."""
    both = [filled.start_consumer("--until-end", "--summary", "json") for _ in range(2)]
    for consumer in both:
        consumer.ends_with(0, 120)
    check(filled)
    # What was done behind a gap when a partition changed hands is looked up again, and not written.
    assert sum(consumer.summary()["created"] for consumer in both) == COUNT


def test_poison_across_a_kill_is_reported_under_one_id(pipe):
    """An error record may be written twice after a crash; it has the same id then."""
    pipe.broker.create_topic(pipe.topic)
    products = catalogue(300)
    for number in range(0, 300, 100):
        pipe.send(products[number : number + 100])
        pipe.broker.send(pipe.topic, [(None, f"poison {number}")])
    consumer = pipe.start_consumer(**NOTICED)
    pipe.await_products(150)
    consumer.kill()
    pipe.consume(**NOTICED)
    pipe.await_delivered(products)
    assert len({record["id"] for record in pipe.errors()}) == 3
    assert pipe.is_committed()
