"""Where a consumer begins and goes on: topics that are deleted and made anew while it is stopped, running, or
paused by an outage; messages that are deleted before it has read them; offsets that nobody can explain.
Nothing is skipped without a word."""

import pytest

from fake_strapi import FakeStrapi, failure
from pipe import catalogue
from waiting import wait_for

OLD = 30
FEWER, MORE = 10, 80


@pytest.fixture
def strapi():
    fake = FakeStrapi()
    yield fake
    fake.close()


def make_anew(pipe, count):
    """The topic again, with other products."""
    pipe.broker.delete_topic(pipe.topic)
    wait_for(lambda: not pipe.broker.partitions(pipe.topic), "the topic is gone")
    products = catalogue(count, first=1000)
    # The broker may still be at it.
    wait_for(lambda: created(pipe), "the topic is there again")
    pipe.send(products)
    return products


def created(pipe):
    try:
        pipe.broker.create_topic(pipe.topic, 1)
        return True
    except Exception:  # whatever the client calls it
        return False


@pytest.fixture
def read(pipe):
    """A group that has read its topic of one partition to the end."""
    pipe.send(catalogue(OLD), partitions=1)
    pipe.consume()
    assert pipe.is_committed()
    return pipe


def check(pipe, products):
    pipe.await_delivered(products)
    pipe.await_committed()
    assert pipe.errors() == []


@pytest.mark.parametrize("count", [FEWER, MORE])
def test_made_anew_while_stopped(read, count):
    new = make_anew(read, count)
    assert read.consume()["done"] == count
    check(read, new)


@pytest.mark.parametrize("count", [FEWER, MORE])
def test_made_anew_and_an_old_offset_committed(read, count):
    """A commit of the old topic that comes late is taken for one of the new topic."""
    late = read.broker.notes(read.topic, read.group)
    new = make_anew(read, count)
    read.broker.commit_noted(read.topic, read.group, late)
    read.consume()
    check(read, new)


@pytest.mark.parametrize("count", [FEWER, MORE])
def test_made_anew_while_running(pipe, count):
    pipe.send(catalogue(OLD), partitions=1)
    consumer = pipe.start_consumer()
    pipe.await_products(OLD)
    pipe.await_committed()
    new = make_anew(pipe, count)
    check(pipe, new)
    assert consumer.is_running and pipe.database.written_twice() == []


@pytest.mark.parametrize("count", [FEWER, MORE])
def test_made_anew_while_paused(pipe, strapi, count):
    pipe.send(catalogue(OLD), partitions=1)
    consumer = pipe.start_consumer(STRAPI_URL=strapi.url)
    wait_for(lambda: len(strapi.stored()) == OLD, "the old products")
    pipe.await_committed()
    strapi.rule = lambda *_: failure(401, "UnauthorizedError", "Missing or invalid credentials")
    pipe.send(catalogue(20, first=500))
    wait_for(lambda: "event=outage " in consumer.stderr, "an outage")
    new = make_anew(pipe, count)
    strapi.rule = None
    wanted = {item["barcode"] for item in new}
    wait_for(lambda: wanted <= strapi.stored().keys(), "the new products")
    pipe.await_committed()
    assert consumer.is_running


def test_retention_overtakes_a_stopped_consumer(read):
    more = catalogue(40, first=100)
    read.send(more)
    read.broker.delete_records(read.topic, {0: OLD + 15})
    assert read.consume()["done"] == 25 + 1
    read.await_delivered(more[15:])
    [record] = read.errors()
    assert record["code"] == "expired" and f"offset {OLD} to {OLD + 14}" in record["error"]
    assert (record["partition"], record["offset"]) == (0, OLD)
    assert record["id"] == f"{read.topic}/0/{OLD}/0/{read.group}"
    assert read.database.count() == OLD + 25 and read.is_committed()
    read.consume()
    assert len(read.errors()) == 1


def test_retention_deletes_only_what_was_read(read):
    read.broker.delete_records(read.topic, {0: OLD})
    new = catalogue(5, first=100)
    read.send(new)
    assert read.consume()["done"] == 5
    check(read, new)


def test_each_commit_carries_its_note(read):
    [(offset, note)] = read.broker.notes(read.topic, read.group).values()
    version, sink, *marks = note.split(" ")
    [last] = [m for m in read.broker.read(read.topic) if m.offset == OLD - 1]
    assert (offset, version, sink) == (OLD, "strapi-feeds/1", "rest")
    assert marks[0].startswith(f"{OLD - 1}:{last.timestamp}:") and len(marks) > 1
    # Nothing new: the note stays.
    read.consume()
    assert read.broker.notes(read.topic, read.group) == {0: (offset, note)}


def test_a_new_group_that_starts_at_the_end_says_who_it_is(pipe):
    pipe.send(catalogue(5), partitions=1)
    pipe.consume(BEGINNING="false")
    assert pipe.broker.notes(pipe.topic, pipe.group) == {0: (5, "strapi-feeds/1 rest")}


def test_a_log_that_lost_its_end(read):
    """The newest message that was read is not there any more, an older one is: nothing is read again."""
    [(_, note)] = read.broker.notes(read.topic, read.group).values()
    version, sink, *marks = note.split(" ")
    lost = " ".join([version, sink, f"{OLD + 19}:1795245540123:00c0ffee00c0ffee", *marks])
    read.broker.commit_noted(read.topic, read.group, {0: (OLD + 20, lost)})
    assert read.consume()["done"] == 0
    assert read.committed() == {0: OLD}
    new = catalogue(5, first=100)
    read.send(new)
    assert read.consume()["done"] == 5
    check(read, new)


@pytest.mark.parametrize("choice, done", [("again", OLD), ("skip", 0)])
def test_an_offset_that_nobody_can_explain(read, choice, done):
    """Committed by a service that makes no notes, and beyond the log's end."""
    read.broker.commit(read.topic, read.group, {0: 1000})
    assert read.consume(ON_LOST_OFFSETS=choice)["done"] == done
    assert read.is_committed()


def test_an_offset_without_a_note(read):
    """Of a service that makes none: within the log it is taken for what it says."""
    read.broker.commit(read.topic, read.group, {0: OLD - 7})
    assert read.consume()["done"] == 7
    assert read.is_committed()


def test_a_group_of_the_ingest_plugin(read):
    """Plain REST takes over when it is asked to; the note names the sink."""
    [(offset, note)] = read.broker.notes(read.topic, read.group).values()
    read.broker.commit_noted(read.topic, read.group, {0: (offset, note.replace(" rest ", " ingest "))})
    new = catalogue(5, first=100)
    read.send(new)
    assert read.consume()["done"] == 5
    check(read, new)
    assert " rest " in read.broker.notes(read.topic, read.group)[0][1]
