"""Kafka restarted, killed, and with a full disk, while rows are being sent and messages delivered; and one of three
brokers killed. Brokers of the case's own: nobody else is disturbed."""

import pytest

from broker import Broker
from chance import rounds
from cluster import Cluster
from disk import SmallDisk
from waiting import wait_for

ROWS = 60
# Few at a time, so that it goes on for a while.
SLOWLY = {
    "TRANSACTION_ROWS": "20",
    "TAKEOVER_AFTER": "0s",
    "RDKAFKA_BATCH_NUM_MESSAGES": 10,
    "RDKAFKA_QUEUE_BUFFERING_MAX_MESSAGES": 20,
}
ENTITIES = ("product", "event", "stock")


class OneOnASmallDisk(Cluster):
    def __init__(self, folder):
        self.disk = SmallDisk(folder / "disk", 64)
        super().__init__(folder / "brokers", log_dirs=self.disk.folder / "data")

    def down(self):
        super().down()
        self.disk.close()


@pytest.fixture(params=[1])
def brokers(request, tmp_path):
    """How many, or what else makes a cluster."""
    cluster = request.param(tmp_path) if callable(request.param) else Cluster(tmp_path / "brokers", request.param)
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


@pytest.fixture
def broker(brokers):
    """Instead of the stack's."""
    broker = Broker(brokers.servers)
    yield broker
    broker.close()


@pytest.fixture
def target_env(session_stack, brokers):
    return {**session_stack.env, "BROKERS": brokers.servers}


class Running:
    """A feed that is being sent, and delivered at the same time."""

    def __init__(self, case, entity):
        self.flow = case.flow(entity)
        self.path, self.rows = self.flow.write_feed(case.load(ROWS))
        self.producer = self.flow.start_producer(self.path, **SLOWLY)
        self.consumer = self.flow.start_consumer()

    def sent(self):
        return sum(self.flow.ends().values())

    def await_sent(self, count):
        wait_for(lambda: not self.producer.is_running or self.sent() >= count, f"{count} messages")

    def check(self):
        self.producer.ends_with(0)
        self.flow.await_end()
        assert self.consumer.is_running
        self.flow.account_of_rows(self.rows).check()
        self.flow.account().check()


def some_rows_further(case, running):
    """Until one of them, any, has sent some more."""
    one = case.chance.choice(running)
    one.await_sent(one.sent() + case.chance.randrange(1 + case.load(ROWS) // (2 * rounds())))


def test_restarted_in_the_middle(case, brokers):
    """Stopped and killed by turns."""
    running = [Running(case, entity) for entity in ENTITIES]
    for turn in range(rounds()):
        some_rows_further(case, running)
        brokers.kill() if turn % 2 else brokers.stop()
        brokers.start()
    for each in running:
        each.check()


@pytest.mark.parametrize("brokers", [3], indirect=True)
def test_one_of_three_killed(case, brokers):
    """Nobody waits for it to come back."""
    running = [Running(case, entity) for entity in ENTITIES]
    for _ in range(rounds()):
        victim = case.chance.choice(brokers.numbers)
        some_rows_further(case, running)
        brokers.kill(victim)
        some_rows_further(case, running)
        brokers.start(victim)
    for each in running:
        each.check()


@pytest.mark.parametrize("sink", ["ingest"])
@pytest.mark.parametrize("brokers", [OneOnASmallDisk], indirect=True)
def test_a_full_disk(case, brokers, sink):
    """Kafka ends itself then."""
    running = Running(case, "product")
    running.await_sent(case.load(ROWS) // 4)
    brokers.disk.fill()
    brokers.ended()
    brokers.disk.free()
    brokers.start()
    running.check()
