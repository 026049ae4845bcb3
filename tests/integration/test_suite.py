"""The three feeds of data/, all six services at once: what is in PostgreSQL and in the error topic is what
data/*.expected says, which was computed in the order of the feeds."""

import json

import pytest

from test_data import DATA, expectation_of
from waiting import wait_for

FEEDS = {"product": "products", "event": "events", "stock": "stock"}
TWINS = {"product": "products.json", "event": "events.ndjson", "stock": "stock.ndjson.gz"}


class Suite:
    """Six services, each with the topic of its entity."""

    def __init__(self, pipe, broker):
        self.pipe = pipe
        self.broker = broker
        self.topics = {name: f"{pipe.topic}-{name}" for name in FEEDS}
        self.consumers = []

    def start(self, name, *arguments):
        entity = name.split("-")[0]
        parents = {"PRODUCT_TOPIC": self.topics["product"], "PRODUCT_GROUP": self.pipe.group, "PRODUCT_GRACE": "5s"}
        return self.pipe.programs.start(name, *arguments, TOPIC=self.topics[entity], **parents)

    def run(self, feeds):
        """All at once; returns when everything is committed."""
        self.consumers = [self.start(f"{name}-consumer") for name in FEEDS]
        producers = [self.start(f"{name}-producer", DATA / feed) for name, feed in feeds.items()]
        for producer in producers:
            producer.ends_with(0)
        for topic in self.topics.values():
            wait_for(lambda: self.broker.is_committed(topic, self.pipe.group), f"all of {topic}", 180)

    def refused(self, name):
        """(row, code) of each record about the entity's topic, in order."""
        records = [record for record in self.pipe.errors() if record["topic"] == self.topics[name]]
        return sorted((record["row"], record["code"]) for record in records)


@pytest.fixture(params=["rest", "ingest"])
def sink(request):
    return request.param


@pytest.fixture
def suite(pipe, broker, database):
    database.query("DELETE FROM events")
    return Suite(pipe, broker)


def expected(feed):
    """Refused (row, code), and levels by barcode."""
    lines = [line.split() for line in expectation_of(DATA / feed).read_text().splitlines()]
    refused = [(int(words[1]), words[4]) for words in lines if words[0] == "row"]
    return refused, {words[0]: int(words[1]) for words in lines if len(words) == 2}


@pytest.mark.parametrize("feeds", [{name: f"{feed}.csv" for name, feed in FEEDS.items()}, TWINS], ids=["csv", "json"])
def test_every_row_is_an_effect_or_an_error_record(suite, database, feeds):
    suite.run(feeds)
    for name, feed in feeds.items():
        assert suite.refused(name) == expected(feed)[0], name
    levels = {barcode: product["stock_available"] for barcode, product in database.products().items()}
    assert levels == expected(feeds["stock"])[1]
    events = database.query("SELECT value, metadata, ingest_id FROM events")
    sent = [json.loads(message.value) for message in suite.broker.read(suite.topics["event"])]
    assert sorted(row["value"] for row in events) == sorted(event["value"] for event in sent)
    assert len({row["ingest_id"] for row in events}) == len(events)
