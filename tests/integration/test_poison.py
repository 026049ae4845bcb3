"""Poison among good messages, sent as the reference producers do it: the key is always 1."""

import base64
import json

import pytest

from pipe import by_barcode, catalogue, product

GOOD = 300


def value(**fields):
    return json.dumps(product(900, **fields))


# The message, the code, the field.
POISON = [
    (b"name,description\n", "undecodable", None),
    (json.dumps({"name": "nothing to know it by"}).encode(), "missing_field", "barcode"),
    (value(name="n" * 256).encode(), "too_long", "name"),
    (value(status="sold").encode(), "bad_choice", "status"),
    (value(stock_available="12x").encode(), "invalid_field", "stock_available"),
    (value(description={"en": "nested"}).encode(), "invalid_field", "description"),
    (None, "undecodable", None),
    (value(name="a\0b").encode(), "nul_byte", None),
    (b'{"name":"n","barcode":"b","stock_available":99999999999999999999999}', "out_of_range", None),
    (json.dumps([product(901)]).encode(), "undecodable", None),
]


def mixed(good):
    """A poisonous message behind every thirtieth good one."""
    messages = []
    for number, item in enumerate(good):
        messages.append(json.dumps(item).encode())
        if number % (GOOD // len(POISON)) == 7:
            messages.append(POISON[number // (GOOD // len(POISON))][0])
    return messages


def test_ten_poisonous_messages_among_three_hundred(pipe):
    good = catalogue(GOOD)
    messages = mixed(good)
    assert len(messages) == GOOD + len(POISON) == 310
    pipe.broker.create_topic(pipe.topic)
    places = pipe.broker.send(pipe.topic, [("1", message) for message in messages])
    assert len({partition for partition, _ in places}) == 1
    consumed = pipe.consume()
    assert (consumed["created"], consumed["rejected"]) == (GOOD, len(POISON))
    assert pipe.database.products() == by_barcode(good)
    assert pipe.database.written_twice() == []
    assert pipe.is_committed()
    check_records(pipe, places, messages)


def check_records(pipe, places, messages):
    records = sorted(pipe.errors(), key=lambda record: record["offset"])
    assert len(records) == len(POISON)
    for record, (message, code, field) in zip(records, POISON):
        assert (record["code"], record.get("field")) == (code, field)
        assert (record["topic"], record["key"]) == (pipe.topic, "1")
        place = messages.index(message)
        assert (record["partition"], record["offset"]) == places[place]
        assert record["id"].startswith(f"{pipe.topic}/{places[place][0]}/{places[place][1]}/")
        assert record["service"] == "product-consumer" and record["stage"] == "decode"
        assert record.get("message") == (None if message is None else message.decode())


def test_forms_that_are_taken(pipe):
    """Integers as decimal text, null, fields nobody knows, a message without a key."""
    whole = {**product(1), "stock_available": "29"}
    cleared = {**product(2), "description": None, "status": None, "stock_available": None}
    short = {"name": "only what is required", "barcode": "0003"}
    more = {**product(4), "colour": "red", "id": 17, "createdAt": "2020-01-01"}
    pipe.broker.create_topic(pipe.topic)
    pipe.broker.send(pipe.topic, [(None, json.dumps(item)) for item in (whole, cleared, short, more)])
    pipe.consume()
    assert pipe.errors() == []
    assert pipe.database.products() == by_barcode(
        [
            product(1, stock_available=29),
            {**cleared},
            {**short, "description": None, "stock_available": 0, "status": None},
            product(4),
        ]
    )


def test_one_product_many_times_is_in_order(pipe):
    """One key, one product: the last message wins. Others pass it meanwhile."""
    versions = [product(1, name=f"version {number}", stock_available=1) for number in range(40)]
    others = catalogue(40, first=100)
    both = [item for pair in zip(versions, others) for item in pair]
    pipe.send(both, key="1")
    pipe.consume()
    assert pipe.database.products() == by_barcode([versions[-1], *others])
    assert pipe.errors() == [] and pipe.is_committed()


def test_only_poison(pipe):
    """Nothing good to compare with: decoding needs no comparison."""
    pipe.broker.create_topic(pipe.topic)
    pipe.broker.send(pipe.topic, [("1", message) for message, _, _ in POISON])
    assert pipe.consume()["rejected"] == len(POISON)
    assert len(pipe.errors()) == len(POISON) and pipe.is_committed() and pipe.database.count() == 0


def test_bytes_that_are_no_text_are_kept(pipe):
    message, key = b"\xff\xfe\x00poison\n", b"\xff\x00"
    pipe.broker.create_topic(pipe.topic)
    pipe.broker.send(pipe.topic, [(key, message)])
    pipe.consume()
    (record,) = pipe.errors()
    assert record["message_encoding"] == "base64" and base64.b64decode(record["message"]) == message
    assert record["key_encoding"] == "base64" and base64.b64decode(record["key"]) == key


REFUSED = "Poison"


@pytest.fixture
def refusing(database):
    """Strapi answers 500 to each product with such a name."""
    with database.refusing(REFUSED):
        yield


def poison(count, first=9001):
    return [product(number, name=f"{REFUSED} {number}") for number in range(first, first + count)]


def check_exhausted(pipe, bad, good=()):
    """The good ones are there, of the bad ones each is one record, and all is committed."""
    assert pipe.database.products() == by_barcode(good)
    assert pipe.database.written_twice() == []
    records = pipe.errors()
    assert {record["code"] for record in records} == {"attempts_exhausted"}
    assert sorted(json.loads(record["message"])["barcode"] for record in records) == sorted(by_barcode(bad))
    for record in records:
        assert record["stage"] == "strapi" and record["retryable"] is True
        assert (record["http"]["method"], record["http"]["status"]) == ("POST", 500)
    assert pipe.is_committed()


def test_ten_that_fail_in_strapi_among_three_hundred(pipe, refusing):
    """Others pass, so it is their own fault: nobody waits for LONE_RETRY, which is ten minutes."""
    good, bad = catalogue(GOOD), poison(10)
    products = list(good)
    for number, item in enumerate(bad):
        products.insert(number * GOOD // len(bad) + number + 7, item)
    places = pipe.send(products, key="1")
    assert len(places) == 310 and len({partition for partition, _ in places}) == 1
    consumed = pipe.consume()
    assert (consumed["created"], consumed["rejected"]) == (len(good), len(bad))
    check_exhausted(pipe, bad, good)


@pytest.mark.parametrize("good", [0, 30])
def test_the_last_fail_in_strapi(pipe, refusing, good):
    """Nothing comes behind them that could pass; or there never was anything else."""
    good, bad = catalogue(good), poison(2)
    pipe.send(good + bad, key="1")
    pipe.consume(LONE_RETRY="500ms", MAX_ATTEMPTS="2")
    check_exhausted(pipe, bad, good)
