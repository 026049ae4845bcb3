"""Movements whose product is not there: they wait for it, and are refused only when it will not come."""

import itertools
import json
import os
import signal
import uuid

import pytest
from confluent_kafka import Producer

from database import FIELDS
from pipe import catalogue, product
from waiting import wait_for

# Nothing is refused that was sent, or before the consumer has looked for so long.
NO_GRACE = {"PRODUCT_GRACE": "0s"}
# Of a group that does not move.
SOON = {"WAIT_FOR_PRODUCTS": "3s"}
NOBODY = "9999999999"
ROUNDS = 20


class Stock:
    """The topic of the movements, and its consumer beside the pipe's."""

    def __init__(self, pipe):
        name = uuid.uuid4().hex[:8]
        self.pipe = pipe
        self.topic = f"stock-{name}"
        self.group = f"stock-group-{name}"
        pipe.broker.create_topic(self.topic)

    def send(self, *movements):
        """(barcode, change); all with one key, as the reference sends them."""
        values = [
            {"barcode": barcode, "amount": str(abs(change)), "type": "OUT" if change < 0 else "IN"}
            for barcode, change in movements
        ]
        return self.pipe.broker.send(self.topic, [("1", json.dumps(value)) for value in values])

    def start(self, *arguments, **settings):
        ours = {
            "TOPIC": self.topic,
            "GROUP_ID": self.group,
            "PRODUCT_TOPIC": self.pipe.topic,
            "PRODUCT_GROUP": self.pipe.group,
        }
        return self.pipe.programs.start("stock-consumer", *arguments, **{**ours, **settings})

    def start_waiting(self, **settings):
        """Until it has looked up the first ones in vain, and says so."""
        consumer = self.start("--until-end", **settings)
        wait_for(lambda: "event=waiting" in consumer.stderr, "that it waits")
        return consumer

    def move_often(self, item, meanwhile=lambda: True):
        """Long enough that what waits was looked up, and judged, some times more: movements of a
        product that is there go through one by one. Returns what they come to."""
        for times in range(1, ROUNDS + 1):
            self.send((item["barcode"], 1))
            wait_for(
                lambda: meanwhile() and self.levels().get(item["barcode"]) == item["stock_available"] + times,
                "a movement of another product",
            )
        return {item["barcode"]: item["stock_available"] + ROUNDS}

    def levels(self):
        return {barcode: item["stock_available"] for barcode, item in self.pipe.database.products().items()}

    def is_committed(self):
        return self.pipe.broker.is_committed(self.topic, self.group)


@pytest.fixture
def stock(pipe):
    return Stock(pipe)


def moved(products, change):
    return {item["barcode"]: item["stock_available"] + change for item in products}


def test_products_that_are_not_written_yet_are_waited_for(stock, pipe):
    """They are in the topic, and nobody has read them. The one that is not even there is refused when
    the rest is written."""
    products = catalogue(50)
    stock.send(*[(item["barcode"], 3) for item in products], (NOBODY, 1), *[(item["barcode"], -1) for item in products])
    pipe.send(products)
    consumer = stock.start_waiting(**NO_GRACE)
    pipe.consume()
    consumer.ends_with(0)
    assert stock.levels() == moved(products, 2)
    (record,) = pipe.errors()
    assert (record["code"], record["retryable"]) == ("unknown_product", True)
    assert json.loads(record["message"])["barcode"] == NOBODY
    assert stock.is_committed()


def test_a_group_that_stands_still_is_not_waited_for(stock, pipe):
    products = catalogue(3)
    pipe.send(products)
    stock.send(*[(item["barcode"], 1) for item in products])
    stock.start("--until-end", **NO_GRACE, **SOON).ends_with(0)
    assert [record["code"] for record in pipe.errors()] == ["unknown_product"] * 3
    assert stock.is_committed()


def test_a_product_in_an_open_transaction_is_waited_for(stock, pipe, broker):
    """The group has read all that it can read. What a transaction holds back is no end."""
    (held, written) = catalogue(2)
    pipe.send([written])
    producer = Producer({**broker.config, "transactional.id": pipe.topic})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(pipe.topic, json.dumps(held), held["barcode"])
    producer.flush()
    pipe.start_consumer()
    pipe.await_products(1)
    stock.send((held["barcode"], 5))
    consumer = stock.start_waiting(**NO_GRACE)
    others = stock.move_often(written)
    producer.commit_transaction()
    consumer.ends_with(0)
    assert stock.levels() == {**moved([held], 5), **others}
    assert pipe.errors() == []


class SlowFeed:
    """Products that a producer reads from a pipe, one now and then."""

    def __init__(self, pipe, **settings):
        ours, self.end = os.pipe()
        self.rows = map(product, itertools.count(1000))
        self.producer = pipe.programs.start("product-producer", "-", stdin=ours, **settings)
        os.close(ours)
        os.write(self.end, (",".join(FIELDS) + "\n").encode())

    def write(self, item):
        os.write(self.end, (",".join(str(item[field]) for field in FIELDS) + "\n").encode())

    def goes_on(self):
        self.write(next(self.rows))
        return True

    def close(self):
        os.close(self.end)
        self.producer.ends_with(0)


def test_a_feed_under_way_is_waited_for(stock, pipe):
    """The group has read all that was sent; but the feed goes on, and brings it in the end."""
    feeds = {"FEED_PROGRESS_TOPIC": f"progress-{stock.topic}"}
    (late, early) = catalogue(2)
    feed = SlowFeed(pipe, **feeds)
    feed.write(early)
    pipe.start_consumer()
    wait_for(lambda: feed.goes_on() and pipe.database.count() > 0, "the first product")
    stock.send((late["barcode"], 5))
    consumer = stock.start("--until-end", **NO_GRACE, **feeds)
    wait_for(lambda: feed.goes_on() and "event=waiting" in consumer.stderr, "that it waits")
    stock.move_often(early, feed.goes_on)
    feed.write(late)
    wait_for(lambda: feed.goes_on() and not consumer.is_running, "the movement")
    feed.close()
    assert stock.levels()[late["barcode"]] == late["stock_available"] + 5
    assert pipe.errors() == []


def test_without_a_product_topic_nothing_is_waited_for(stock, pipe):
    stock.send((NOBODY, 1))
    stock.start("--until-end", **NO_GRACE).ends_with(0)
    (record,) = pipe.errors()
    assert record["code"] == "unknown_product"
    assert pipe.broker.partitions(pipe.topic) == []  # to look at it does not make it


def test_waiting_ends_with_the_consumer(stock, pipe):
    """What waits is nobody's fault: the next start reads it again, and nothing was refused."""
    products = catalogue(1)
    pipe.send(products)
    stock.send((products[0]["barcode"], 4))
    consumer = stock.start_waiting(**NO_GRACE)
    consumer.signal(signal.SIGTERM)
    consumer.ends_with(75)
    pipe.consume()
    stock.start("--until-end", **NO_GRACE).ends_with(0)
    assert stock.levels() == moved(products, 4)
    assert pipe.errors() == []
