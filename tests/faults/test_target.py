"""Strapi or its database goes away in the middle: three flows at once, one of each entity. Everything waits,
nothing is refused for it, nobody loses a partition, and all of it arrives."""

import os
import signal
import time

import pytest

from chance import rounds
from waiting import wait_for

pytestmark = pytest.mark.alone
WAVE = 200
MOST = {"product": 60, "event": 60, "stock": 20}
AWAY_S = 10


def signal_strapi(number):
    """Its supervisor starts it again."""

    def end(stack):
        before = stack.run("pid", "strapi")
        os.kill(int(before), number)
        wait_for(lambda: is_back(stack, before), "another Strapi")

    return end


def is_back(stack, before):
    try:
        return stack.run("pid", "strapi") != before
    except AssertionError:
        return False


def stop_strapi(stack):
    stack.stop("strapi")
    stack.start("strapi")


def stop_postgres(stack):
    stack.stop("postgres")
    back_at = time.monotonic() + AWAY_S
    wait_for(lambda: time.monotonic() > back_at, "the end of the outage")
    stack.start("postgres")


def kill_postgres(stack):
    stack.run("kill", "postgres")
    stack.start("postgres")


FAULTS = {
    "strapi_sigterm": signal_strapi(signal.SIGTERM),
    "strapi_kill": signal_strapi(signal.SIGKILL),
    "postgres_stopped": stop_postgres,
    "postgres_kill": kill_postgres,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_target_goes_away(case, turn, stack, fault):
    flows = [case.flow(entity) for entity in MOST]
    for flow in flows:
        flow.start_consumer()
    owners = [flow.await_owned() for flow in flows]
    for _ in range(rounds() // 2):
        since = [flow.effects.marks() for flow in flows]
        for flow in flows:
            flow.send(WAVE)
        one = case.chance.randrange(len(flows))
        flows[one].await_touched(since[one], case.chance.randrange(1, MOST[flows[one].entity]))
        FAULTS[fault](stack)
    turn.over()
    for flow in flows:
        flow.await_end(300)
        flow.account().check()
    assert [flow.owners() for flow in flows] == owners
