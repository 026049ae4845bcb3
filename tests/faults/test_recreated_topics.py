"""A topic is deleted and made anew, with fewer or with more messages than were read of it before, while its
consumer is running, stopped, or waits for Strapi: each message of the new one is delivered. A topic's offsets
begin at 0 again then, and nothing but the messages themselves tells it from the old one."""

import pytest

from proxy import Proxy
from waiting import wait_for

# Of the old topic. It has no bad messages: error records name offsets, and those are of the new one.
COUNT = 60
FEWER, MORE = 20, 120
# Requests, more than are sent meanwhile.
AWAY = 1000
ENTITIES = ("product", "event", "stock")

both = pytest.mark.parametrize("count", [FEWER, MORE], ids=["fewer", "more"])


def filled(case, entity, **settings):
    flow = case.flow(entity, **settings)
    flow.send(COUNT, good=True)
    return flow


def work_off(flow):
    flow.start_consumer("--until-end").ends_with(0, 120)


def check(flow):
    flow.await_end()
    flow.account().check()


@both
def test_while_it_runs(case, count):
    flow = filled(case, "event")
    flow.start_consumer()
    flow.await_end()
    flow.renew_topic(count)
    check(flow)


def test_as_many_as_before(case):
    """Nothing comes then that would have to be believed."""
    flow = filled(case, "event", partitions=1)
    flow.start_consumer()
    flow.await_end()
    flow.renew_topic(COUNT)
    check(flow)


@both
def test_while_it_is_stopped(case, count):
    flow = filled(case, "event")
    work_off(flow)
    flow.renew_topic(count)
    work_off(flow)
    check(flow)


@both
@pytest.mark.parametrize("entity", ENTITIES)
def test_with_offsets_of_the_old_one(case, entity, count):
    """Kafka forgets them with the topic, but takes them from a commit that comes late, or from a backup."""
    flow = filled(case, entity)
    work_off(flow)
    notes = flow.broker.notes(flow.topic, flow.group)
    flow.renew_topic(count)
    flow.broker.commit_noted(flow.topic, flow.group, notes)
    work_off(flow)
    check(flow)


@both
def test_while_it_waits_for_strapi(case, count):
    """What it had in hand may be delivered, or not: the topic it was in is gone."""
    flow = filled(case, "event")
    with Proxy(case.env["STRAPI_URL"], case.chance) as proxy:
        flow.start_consumer(STRAPI_URL=proxy.url)
        flow.await_end()
        proxy.plan = ["reset_before"] * AWAY
        flow.send(COUNT, good=True)
        wait_for(lambda: proxy.broken["reset_before"] > 2, "requests that break")
        flow.renew_topic(count)
        proxy.plan = []
        check(flow)
