"""Strapi, its database or the token go away while messages are being written. An outage is no bad
record: it is waited for, the partitions stay, nothing reaches the error topic."""

import json

import pytest

from pipe import catalogue
from waiting import wait_for

COUNT = 600
# So many are in when something breaks.
UNDER_WAY = 150


@pytest.fixture
def work(pipe, stack):
    """Starts a consumer, by whom every partition is owned, and comes back in the middle of its work."""

    def start(count=COUNT, under_way=UNDER_WAY, **settings):
        pipe.health = pipe.folder / "health"
        pipe.products = catalogue(count)
        pipe.send(pipe.products)
        pipe.consumer = pipe.start_consumer("--summary", "json", HEALTH_FILE=pipe.health, **settings)
        pipe.before = pipe.await_owner()
        assert len(set(pipe.before.values())) == 1
        pipe.await_products(under_way)
        return pipe

    return start


@pytest.fixture
def working(work):
    return work()


def health(pipe):
    return pipe.health.read_text() if pipe.health.exists() else ""


def await_outage(pipe):
    """Until the consumer itself says that it waits. Returns what it wrote."""
    return wait_for(lambda: "outage" in health(pipe) and health(pipe), "an outage in the health file")


def await_written_again(pipe):
    """At most five seconds: the consumer goes round, and says so."""
    before = health(pipe)
    return wait_for(lambda: health(pipe) != before and health(pipe), "the health file is written again")


def await_lasting_outage(pipe, rounds=2):
    """About ten seconds."""
    await_outage(pipe)
    for _ in range(rounds):
        assert "outage" in await_written_again(pipe)
    assert pipe.consumer.is_running


def check(pipe):
    """Everything arrives, once, and nobody lost a partition over it."""
    pipe.await_delivered(pipe.products, deadline=60)
    pipe.await_committed()
    pipe.check_delivered(pipe.products)
    assert pipe.database.written_twice() == []
    assert pipe.owners() == pipe.before
    pipe.consumer.terminate()
    pipe.consumer.ends_with(75)
    assert json.loads(pipe.consumer.stdout)["done"] == len(pipe.products)


def is_in_the_middle(pipe):
    return pipe.database.count() < len(pipe.products) and not pipe.is_committed()


def test_strapi_stopped(working, stack):
    stack.stop("strapi")
    assert is_in_the_middle(working)
    await_outage(working)
    stack.start("strapi")
    check(working)


def test_database_stopped_then_token_deleted(work, stack):
    """Both in one run: an outage that ended leaves no trace."""
    working = work(2000)
    stack.stop("postgres")
    await_lasting_outage(working)
    stack.start("postgres")
    assert is_in_the_middle(working)
    working.await_products(working.database.count() + UNDER_WAY)
    wait_for(lambda: "running" in health(working), "the outage has ended")
    kept = working.database.take_token()
    try:
        await_outage(working)
        assert is_in_the_middle(working)
    finally:
        working.database.give_back(kept)
    check(working)


def test_strapi_frozen(work, stack):
    """It keeps the connections and answers nothing, and what was sent to it may yet be written: the
    outcome is unknown. Nobody is to blame for it."""
    working = work(300, 100, REQUEST_TIMEOUT="2s")
    with stack.frozen("strapi"):
        assert is_in_the_middle(working)
        await_lasting_outage(working, rounds=1)
    check(working)


def test_second_signal_while_requests_hang(work, stack):
    """The first waits for their answers, here for an hour; the second does not."""
    working = work(300, 100, REQUEST_TIMEOUT="1h")
    with stack.frozen("strapi"):
        assert is_in_the_middle(working)
        working.consumer.terminate()
        await_written_again(working)
        assert working.consumer.is_running
        working.consumer.terminate()
        working.consumer.ends_with(75, 10)
    assert is_in_the_middle(working)
    working.consume()
    working.check_delivered(working.products)
    assert working.database.written_twice() == []


def test_token_may_not_create(working):
    kept = working.database.take_permission("api::product.product.create")
    try:
        await_outage(working)
        assert is_in_the_middle(working)
    finally:
        working.database.give_back(kept)
    check(working)


def test_a_replaced_token_file_is_read_again(pipe):
    """The token that Strapi refuses is exchanged without a restart."""
    token = pipe.folder / "token"
    token.write_text("wrong")
    right = pipe.programs.settings["STRAPI_TOKEN"]
    products = catalogue(20)
    pipe.send(products)
    consumer = pipe.start_consumer("--until-end", STRAPI_TOKEN="", STRAPI_TOKEN_FILE=token)
    wait_for(lambda: "401" in consumer.stderr, "Strapi has refused the token")
    token.write_text(right + "\n")
    consumer.ends_with(0)
    pipe.check_delivered(products)


def test_giving_up(pipe, stack):
    """With GIVE_UP_AFTER an outage in the middle ends the program; the next start goes on."""
    products = catalogue(COUNT // 2)
    pipe.send(products)
    consumer = pipe.start_consumer(GIVE_UP_AFTER="2s")
    pipe.await_products(UNDER_WAY)
    stack.stop("strapi")
    consumer.ends_with(69)
    assert pipe.database.count() < len(products)
    stack.start("strapi")
    pipe.consume()
    pipe.check_delivered(products)
    assert pipe.database.written_twice() == []


def test_database_sessions_ended(working):
    """Strapi 5 answers 201 also when its COMMIT has failed: an answer is no proof of an entry."""
    ended = 0

    def end_sessions():
        nonlocal ended
        ended += 1
        working.database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        return ended > 20 and "outage" in health(working)

    wait_for(end_sessions, "Strapi has lost its sessions often enough", 30)
    check(working)
