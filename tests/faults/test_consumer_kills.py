"""kill -9 of a consumer at random points, again and again."""

import pytest

from chance import rounds

WAVE = 120
# Writes of one wave by then; stock: products that are moved.
MOST = {"product": 90, "event": 90, "stock": 30}


@pytest.mark.parametrize("entity", MOST)
def test_a_consumer_is_killed(case, entity):
    flow = case.flow(entity)
    for _ in range(rounds()):
        since = flow.effects.marks()
        flow.send(case.load(WAVE))
        consumer = flow.start_consumer()
        flow.await_touched(since, case.chance.randrange(1, MOST[entity]))
        consumer.kill()
    flow.start_consumer("--until-end").ends_with(0, 120)
    flow.account().check()
