"""Strapi, its database or the token go away while messages are being written. An outage is no bad
record: it is waited for, the partitions stay, nothing reaches the error topic."""

import json

import pytest

from pipe import catalogue
from waiting import wait_for

COUNT = 1000
# So many are in when something breaks.
UNDER_WAY = 150


@pytest.fixture
def working(pipe, stack):
    """A consumer in the middle of its work, by whom every partition is owned."""
    pipe.health = pipe.folder / "health"
    pipe.products = catalogue(COUNT)
    pipe.send(pipe.products)
    pipe.consumer = pipe.start_consumer("--summary", "json", HEALTH_FILE=pipe.health)
    pipe.before = pipe.await_owner()
    assert len(set(pipe.before.values())) == 1
    pipe.await_products(UNDER_WAY)
    return pipe


def health(pipe):
    return pipe.health.read_text() if pipe.health.exists() else ""


def await_outage(pipe):
    """Until the consumer itself says that it waits. Returns what it wrote."""
    return wait_for(lambda: "outage" in health(pipe) and health(pipe), "an outage in the health file")


def await_lasting_outage(pipe):
    """About ten seconds: the state is written again every five."""
    said = await_outage(pipe)
    for _ in range(2):
        before = said
        said = wait_for(lambda: health(pipe) != before and health(pipe), "the health file is written again")
        assert "outage" in said
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
    assert json.loads(pipe.consumer.stdout)["done"] == COUNT


def is_in_the_middle(pipe):
    return pipe.database.count() < COUNT and not pipe.is_committed()


def test_strapi_stopped(working, stack):
    stack.stop("strapi")
    assert is_in_the_middle(working)
    await_outage(working)
    stack.start("strapi")
    check(working)


def test_database_stopped(working, stack):
    stack.stop("postgres")
    await_lasting_outage(working)
    stack.start("postgres")
    assert is_in_the_middle(working)
    check(working)


def test_token_deleted(working):
    kept = working.database.take_token()
    try:
        await_outage(working)
        assert is_in_the_middle(working)
    finally:
        working.database.give_back(kept)
    check(working)


def test_token_may_not_create(working):
    kept = working.database.take_permission("api::product.product.create")
    try:
        await_outage(working)
        assert is_in_the_middle(working)
    finally:
        working.database.give_back(kept)
    check(working)


def test_one_after_the_other(working, stack):
    """The token, then Strapi, in one run: an outage that ended leaves no trace."""
    kept = working.database.take_token()
    try:
        await_outage(working)
    finally:
        working.database.give_back(kept)
    working.await_products(2 * UNDER_WAY)
    wait_for(lambda: "running" in health(working), "the outage has ended")
    stack.stop("strapi")
    await_outage(working)
    stack.start("strapi")
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
