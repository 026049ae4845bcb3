"""The token is taken away, or may do a part only. Each case has a token of its own (tokens.py)."""

import pytest

from tokens import Token

WAVE = 150
ENTITIES = ("product", "event", "stock")


@pytest.fixture
def token(case):
    token = Token(case.database, case.env)
    yield token
    token.revoke()


@pytest.mark.parametrize("entity", ENTITIES)
def test_revoked_and_restored(case, token, entity):
    flow = case.flow(entity)
    consumer = flow.start_consumer(STRAPI_TOKEN=token.text)
    owners = flow.await_owned()
    since = flow.effects.marks()
    flow.send(WAVE)
    flow.await_touched(since, case.chance.randrange(1, 20))
    token.revoke()
    flow.send(WAVE)
    flow.await_outage()
    token.grant()
    flow.await_end()
    flow.account().check()
    assert consumer.is_running and flow.owners() == owners


UPDATE = "api::product.product.update"


@pytest.mark.parametrize("sink", ["rest"], indirect=True)  # the plugin has one right for all it does
def test_it_may_create_and_not_update(case, token):
    """What is new goes through, what exists already waits, until it may; nothing is refused for it."""
    flow = case.flow("product", LONE_RETRY="1h")
    known = flow.send(WAVE)
    flow.start_consumer(STRAPI_TOKEN=token.text)
    flow.await_end()
    token.deny(UPDATE)
    flow.send_records(flow.feed.change(known))
    flow.await_there(flow.send(WAVE))
    flow.await_outage()
    assert flow.refused_by_target() == [] and not flow.is_at_end()
    token.allow(UPDATE)
    flow.await_end()
    flow.account().check()


@pytest.mark.parametrize("sink", ["rest"], indirect=True)
def test_it_may_not_update_and_nothing_else_comes(case, token):
    """With nothing to compare with, and after LONE_RETRY, it is the record's: to be fed again."""
    flow = case.flow("product", LONE_RETRY="1s")
    known = flow.send(WAVE)
    flow.start_consumer(STRAPI_TOKEN=token.text)
    flow.await_end()
    token.deny(UPDATE)
    (changed,) = flow.feed.change(known)[:1]
    (place,) = flow.send_records([changed])
    flow.await_end()
    (record,) = flow.refused_by_target()
    assert (record["code"], record["retryable"]) == ("attempts_exhausted", True)
    flow.account(target_refuses={place: "attempts_exhausted"}).check()
