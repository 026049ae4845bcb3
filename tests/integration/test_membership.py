"""The group settles at once when a member leaves, also one that had nothing or had just come.

librdkafka 2.0.2 by itself closes such a member without a word, and the group then waits for its
session to run out: 45 s. It also loses the whole assignment when a commit meets a join.
"""

import pytest

from pipe import catalogue
from waiting import wait_for

# Far below the session time-out, far above what it takes.
SETTLED = 15


@pytest.fixture
def filled(pipe):
    pipe.products = catalogue(400)
    pipe.send(pipe.products)
    return pipe


def await_shared(pipe, members):
    wait_for(
        lambda: (lambda owners: len(owners) == 3 and len(set(owners.values())) == members)(pipe.owners()),
        f"{members} members share the partitions",
        SETTLED,
    )


def leave(consumer):
    consumer.terminate()
    consumer.ends_with(75, SETTLED)


def check(pipe, consumers):
    pipe.await_delivered(pipe.products)
    pipe.await_committed()
    pipe.check_delivered(pipe.products)
    assert pipe.database.written_twice() == []
    for consumer in consumers:
        assert "generation id is not valid" not in consumer.stderr
        assert "rebalance-lost" not in consumer.stderr


def test_more_members_than_partitions(filled):
    members = [filled.start_consumer() for _ in range(3)]
    await_shared(filled, 3)
    idle = filled.start_consumer()
    wait_for(lambda: "event=" in idle.stderr, "the fourth has started")
    leave(idle)
    leave(members[0])
    await_shared(filled, 2)
    late = filled.start_consumer()
    await_shared(filled, 3)
    check(filled, [*members, idle, late])


def test_members_that_leave_while_joining(filled):
    first = filled.start_consumer()
    filled.await_products(50)
    short = []
    for _ in range(4):
        short.append(filled.start_consumer())
        wait_for(lambda: "event=" in short[-1].stderr, "it has started")
        leave(short[-1])
    second = filled.start_consumer()
    await_shared(filled, 2)
    check(filled, [first, second, *short])
