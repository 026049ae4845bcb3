"""Movements whose product is not there: they wait for it, and are refused only when it will not come."""

import json
import signal
import uuid

import pytest
from confluent_kafka import Producer

from pipe import catalogue
from waiting import wait_for

# Nothing is refused that was sent, or before the consumer has looked for so long.
NO_GRACE = {"PRODUCT_GRACE": "0s"}
# Of a group that does not move.
SOON = {"WAIT_FOR_PRODUCTS": "3s"}
NOBODY = "9999999999"


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

    def await_errors(self, count):
        return wait_for(
            lambda: (lambda found: len(found) >= count and found)(self.pipe.errors()), f"{count} error records"
        )

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
    stock.send((held["barcode"], 5), (written["barcode"], 5))
    consumer = stock.start_waiting(**NO_GRACE)
    wait_for(lambda: stock.levels() == {written["barcode"]: written["stock_available"] + 5}, "the other movement")
    producer.commit_transaction()
    consumer.ends_with(0)
    assert stock.levels() == moved([held, written], 5)
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
