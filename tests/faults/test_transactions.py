"""A producer that stands still in an open transaction, until Kafka ends it or somebody else takes the feed: each
row is there once, whoever sent it."""

import signal

import pytest

from broker import Broker
from waiting import wait_for

ROWS = 6000
# The first transaction is open for as long as it may be, and few messages are sent at a time.
SLOWLY = {
    "TRANSACTION_TIME": "1s",
    "RDKAFKA_TRANSACTION_TIMEOUT_MS": 4000,
    "TAKEOVER_AFTER": "0s",
    "RDKAFKA_BATCH_NUM_MESSAGES": 1,
    "RDKAFKA_QUEUE_BUFFERING_MAX_MESSAGES": 5,
}


@pytest.fixture
def sink():
    """No consumer takes part."""
    return "rest"


@pytest.fixture
def uncommitted(case):
    """Kafka with all that is in it, committed or not."""
    broker = Broker(case.env["BROKERS"], "read_uncommitted")
    yield broker
    broker.close()


class Sending:
    def __init__(self, case, entity, uncommitted):
        self.flow = case.flow(entity)
        self.uncommitted = uncommitted
        self.path, self.rows = self.flow.write_feed(ROWS)

    def start(self, **settings):
        return self.flow.start_producer(self.path, "--summary", "json", **{**SLOWLY, **settings})

    def written(self):
        return sum(self.uncommitted.ends(self.flow.topic).values())

    def stable(self):
        """What nobody will take back."""
        return sum(self.flow.ends().values())

    def start_and_freeze(self):
        """With a transaction open."""
        producer = self.start()
        while not self.freeze(producer):
            producer.signal(signal.SIGCONT)
        return producer

    def freeze(self, producer):
        """Whether a transaction is open."""
        before = self.written()
        wait_for(lambda: self.written() > before, "more rows")
        producer.signal(signal.SIGSTOP)
        assert producer.is_running
        return self.stable() < self.written()

    def check(self):
        account = self.flow.account_of_rows(self.rows)
        account.check()
        assert account.records_again == 0


@pytest.fixture(params=["event", "stock"])
def sending(request, case, uncommitted):
    return Sending(case, request.param, uncommitted)


def test_kafka_ends_its_transaction(sending):
    """Its handle is of no use then: it takes another, and goes on where it was."""
    producer = sending.start_and_freeze()
    wait_for(lambda: sending.stable() == sending.written(), "the end of the transaction")
    producer.signal(signal.SIGCONT)
    producer.ends_with(0)
    sending.check()
    assert producer.summary()["sent"] == len(sending.flow.messages())


def test_somebody_else_finishes_the_feed(sending):
    """Who comes back sees that it is done."""
    producer = sending.start_and_freeze()
    sending.start().ends_with(0)
    producer.signal(signal.SIGCONT)
    producer.ends_with(0)
    sending.check()


def test_somebody_else_has_the_feed(sending):
    """Who comes back leaves it to the other one."""
    producer = sending.start_and_freeze()
    before = sending.stable()
    other = sending.start()
    wait_for(lambda: sending.flow.messages(), "rows of the other one")
    other.signal(signal.SIGSTOP)
    assert other.is_running and sending.stable() > before
    producer.signal(signal.SIGCONT)
    producer.ends_with(0)
    other.signal(signal.SIGCONT)
    other.ends_with(0)
    sending.check()


def test_several_find_a_dead_one(sending):
    """All of them take the feed over at the same moment; one has it, and no row comes twice."""
    producer = sending.start_and_freeze()
    producer.kill()
    together = [sending.start(TAKEOVER_AFTER="1s") for _ in range(3)]
    for producer in together:
        producer.ends_with(0)
    sending.check()
