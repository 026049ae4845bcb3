"""A producer is killed at random points, again and again, until its feed is sent: each row is there once."""

import pytest

from broker import Broker
from chance import rounds
from waiting import wait_for

ROWS = 3000
# Many small transactions, sent a few messages at a time: a run takes long enough to be killed in its midst.
SLOWLY = {
    "TRANSACTION_ROWS": "100",
    "TAKEOVER_AFTER": "0s",
    "RDKAFKA_BATCH_NUM_MESSAGES": 10,
    "RDKAFKA_QUEUE_BUFFERING_MAX_MESSAGES": 20,
}


@pytest.fixture
def sink():
    """Of the consumer that comes when all is sent."""
    return "ingest"


class Written:
    """Messages, records and marks of transactions, also those that nobody has committed yet."""

    def __init__(self, flow):
        self.topics = (flow.topic, flow.error_topic, flow.settings["FEED_PROGRESS_TOPIC"])
        self.broker = Broker(flow.broker.servers, "read_uncommitted")

    def count(self):
        return sum(sum(self.broker.ends(topic).values()) for topic in self.topics)


def kill_sometime(case, flow, path, written):
    """At its start, at its first sign of life, or after some rows. Returns whether it was still running."""
    step = ROWS // rounds()
    further = case.chance.choice([0, 1, 2, case.chance.randrange(step), case.chance.randrange(step)])
    wanted = written.count() + further
    producer = flow.start_producer(path, **SLOWLY)
    wait_for(lambda: not producer.is_running or written.count() >= wanted, "something is written")
    was_running = producer.is_running
    producer.kill()
    return was_running


@pytest.mark.parametrize("entity, name", [("product", "feed.csv"), ("event", "feed.csv.gz"), ("stock", "feed.json")])
def test_killed_until_done(case, entity, name):
    flow = case.flow(entity)
    path, rows = flow.write_feed(ROWS, name)
    written = Written(flow)
    killed = sum(kill_sometime(case, flow, path, written) for _ in range(rounds()))
    case.tell("killed", killed)
    flow.start_producer(path, **SLOWLY).ends_with(0)
    account = flow.account_of_rows(rows)
    account.check()
    assert account.records_again == 0 and killed > 0
    flow.start_consumer("--until-end").ends_with(0)
    flow.account().check()
