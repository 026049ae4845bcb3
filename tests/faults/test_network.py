"""A network between the consumer and Strapi that breaks requests at every point (proxy.py)."""

import pytest

from chance import rounds
from proxy import Proxy

WAVE = 150
# Of so many requests a quarter is broken. What hangs is waited for one by one: fewer of those.
RESETS = {"faults": ["reset_before", "reset_after", "reset_answered", "cut", "slow"], "among": 48}
BLACKHOLE = {"faults": ["swallow_request", "swallow_answer"], "among": 16}
LATE = {"faults": ["late"], "among": 16}
SOON = {"REQUEST_TIMEOUT": "1500ms"}
ENTITIES = ("stock", "product", "event")


def waves(case, entity):
    """By REST a level of which a write was not answered rests for more than a minute: few waves of those."""
    return 1 + rounds() // 10 if (case.sink, entity) == ("rest", "stock") else rounds()


def run(case, entity, plan):
    """Under load all the time: each wave comes while what the last one left behind is still at work."""
    flow = case.flow(entity, **SOON)
    with Proxy(case.env["STRAPI_URL"], case.chance) as proxy:
        flow.start_consumer(STRAPI_URL=proxy.url)
        flow.await_owned()
        for _ in range(waves(case, entity)):
            since = flow.effects.marks()
            proxy.break_some(**plan)
            flow.send(case.load(WAVE))
            flow.await_touched(since, 20)
        flow.await_end(600)
    case.tell("broken", dict(proxy.broken))
    assert proxy.broken.keys() == set(plan["faults"])
    return flow.account()


@pytest.mark.parametrize("plan", [RESETS, BLACKHOLE], ids=["resets", "blackhole"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_break(case, entity, plan):
    """What became of a request is found out before anything is sent again."""
    run(case, entity, plan).check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_arrive_late(case, entity):
    """After the client has given them up. By REST an older value may overwrite a newer one."""
    account = run(case, entity, LATE)
    case.tell("account", account)
    if case.sink == "rest" and entity != "event":
        account.check_each_once()
    else:
        account.check()
