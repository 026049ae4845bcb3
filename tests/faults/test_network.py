"""A network between the consumer and Strapi that breaks requests at every point (proxy.py)."""

import pytest

from proxy import Proxy

COUNT = 250
ENTITIES = ("product", "event", "stock")
# Each is one that REST bears as well: what became of the request is found out before it is sent again.
BORNE = ("reset_before", "reset_after", "reset_answered", "cut", "slow", "swallow_answer")


def run(case, entity, *faults, **settings):
    flow = case.flow(entity, **settings)
    flow.send(COUNT)
    with Proxy(case.env["STRAPI_URL"], case.chance, *faults) as proxy:
        flow.start_consumer("--until-end", STRAPI_URL=proxy.url).ends_with(0, 300)
    case.tell("broken", len(proxy.broken))
    assert proxy.broken
    return flow


@pytest.mark.parametrize("fault", BORNE)
@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_break(case, entity, fault):
    run(case, entity, fault, REQUEST_TIMEOUT="3s").account().check()


@pytest.mark.parametrize("fault", ["swallow_request", "late"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_requests_vanish(case, entity, fault):
    account = run(case, entity, fault, REQUEST_TIMEOUT="3s").account()
    case.tell("account", account)
    account.check()
