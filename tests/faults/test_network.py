"""A network between the consumer and Strapi that breaks requests at every point (proxy.py)."""

import pytest

from chance import rounds
from proxy import Proxy

WAVE = 200
BROKEN = 60  # of these requests a quarter
ENTITIES = ("product", "event", "stock")
TIMEOUT = {"REQUEST_TIMEOUT": "3s"}


def waves(case, entity):
    """By REST a level of which a write was not answered rests for more than a minute: few waves of those."""
    return 1 + rounds() // 10 if (case.sink, entity) == ("rest", "stock") else 1 + rounds() // 2


def run(case, entity, *faults):
    """Under load all the time: each wave comes while what the last one left behind is still at work."""
    flow = case.flow(entity, **TIMEOUT)
    with Proxy(case.env["STRAPI_URL"], case.chance, *faults) as proxy:
        flow.start_consumer(STRAPI_URL=proxy.url)
        for _ in range(waves(case, entity)):
            since = flow.effects.marks()
            proxy.break_next(BROKEN)
            flow.send(WAVE)
            flow.await_touched(since, 20)
        flow.await_end(600)
    case.tell("broken", len(proxy.broken))
    assert proxy.broken
    return flow.account()


@pytest.mark.parametrize(
    "fault", ["reset_before", "reset_after", "reset_answered", "cut", "slow", "swallow_request", "swallow_answer"]
)
@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_break(case, entity, fault):
    """What became of a request is found out before anything is sent again."""
    run(case, entity, fault).check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_arrive_late(case, entity):
    """After the client has given them up. By REST an older value may overwrite a newer one."""
    account = run(case, entity, "late")
    case.tell("account", account)
    if case.sink == "rest":
        account.check_each_once()
    else:
        account.check()
