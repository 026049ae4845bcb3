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


def join(pipe):
    """One request at a time: what is done is done in order, and there is nothing done behind the offset
    that a member commits when it hands over a partition."""
    return pipe.start_consumer("--summary", "json", MAX_IN_FLIGHT="1")


def leave(consumer):
    consumer.terminate()
    consumer.ends_with(75, SETTLED)


def check(pipe, consumers):
    """Nobody was given a message that another had done already, as happens to all that is not yet
    committed when an assignment is lost."""
    pipe.await_delivered(pipe.products)
    pipe.await_committed()
    pipe.check_delivered(pipe.products)
    assert pipe.database.written_twice() == []
    for consumer in consumers:
        if consumer.is_running:
            leave(consumer)
    # One that was still waiting for Strapi has none.
    done = [consumer.summary()["done"] for consumer in consumers if consumer.stdout]
    assert sum(done) == len(pipe.products), done


def test_more_members_than_partitions(filled):
    members = [join(filled) for _ in range(3)]
    await_shared(filled, 3)
    idle = join(filled)
    wait_for(lambda: len(filled.members()) == 4, "the fourth is a member", SETTLED)
    leave(idle)
    leave(members[0])
    await_shared(filled, 2)
    late = join(filled)
    await_shared(filled, 3)
    check(filled, [*members, idle, late])


def test_members_that_leave_while_joining(filled):
    first = join(filled)
    filled.await_products(50)
    short = []
    for known in (False, True, False, True):
        consumer = join(filled)
        if known:
            wait_for(lambda: len(filled.members()) == 2, "the group knows it", SETTLED)
        else:
            wait_for(lambda: consumer.stderr, "it has started")
        leave(consumer)
        wait_for(lambda: len(filled.members()) == 1, "the group knows that it left", SETTLED)
        short.append(consumer)
    second = join(filled)
    await_shared(filled, 2)
    check(filled, [first, second, *short])
