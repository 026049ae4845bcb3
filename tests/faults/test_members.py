"""Consumers that come and go, or do not come back in time."""

import signal

import pytest

from chance import rounds

COUNT = 150
WAVE = 100
ENTITIES = ("product", "event", "stock")


@pytest.mark.parametrize("entity", ENTITIES)
def test_one_is_frozen_across_a_rebalance(case, entity):
    """It is declared dead with requests on their way, wakes up when its partitions are another's, and may
    write nothing more. By REST what was on the way may still come late: that is counted, not promised."""
    flow = case.flow(entity)
    since = flow.effects.marks()
    frozen = flow.start_consumer()
    flow.await_owned()
    other = flow.start_consumer()
    flow.await_owned(members=2)
    flow.send(case.load(COUNT))
    flow.await_touched(since, case.chance.randrange(1, 30))
    frozen.signal(signal.SIGSTOP)
    try:
        flow.await_owned()
        flow.send(case.load(COUNT))
        flow.await_touched(flow.effects.marks(), case.chance.randrange(1, 20))
    finally:
        frozen.signal(signal.SIGCONT)
    flow.await_end()
    account = flow.account()
    case.tell("account", account)
    assert frozen.is_running and other.is_running
    if case.sink == "rest" and entity != "event":
        account.check_each_once()
    else:
        account.check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_three_are_replaced_one_by_one(case, entity):
    """Under load: a new one comes, an old one is asked to go."""
    flow = case.flow(entity)
    members = [flow.start_consumer() for _ in range(3)]
    flow.await_owned(members=3)
    for _ in range(max(3, rounds())):
        since = flow.effects.marks()
        flow.send(case.load(WAVE))
        flow.await_touched(since, case.chance.randrange(1, 20))
        members.append(flow.start_consumer())
        old = members.pop(0)
        old.terminate()
        old.ends_with(75)
    flow.await_end()
    flow.account().check()
    assert all(member.is_running for member in members)
