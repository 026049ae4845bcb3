"""Beside the reference's programs: their messages are taken, ours are what they read, and one takes
over where the other stopped.

The reference's producers are written with kafkajs. What that means on the wire: always the key `1`,
so that all of a feed is on one partition; no headers; numbers as text, metadata as JSON in a text."""

import json
from contextlib import contextmanager

from confluent_kafka import Consumer

from pipe import by_barcode, catalogue, product
from stack import ROOT
from waiting import wait_for

KEY = "1"
PRODUCTS = 20
MOVEMENTS = 2000


def as_text(record, *fields):
    return {**record, **{field: str(record[field]) for field in fields}}


def send(broker, topic, records, partitions=3):
    """As the reference's producers do."""
    if not broker.partitions(topic):
        broker.create_topic(topic, partitions)
    places = broker.send(topic, [(KEY, json.dumps(record)) for record in records])
    assert len({partition for partition, _ in places}) == 1
    assert not any(message.headers for message in broker.read(topic))


def values(broker, topic):
    """The bytes on the topic, in the order of the feed."""
    messages = sorted(broker.read(topic), key=lambda message: int(message.headers["row"]))
    return [message.value.decode() for message in messages]


# Their messages


def test_products_of_the_reference(pipe, broker):
    wanted = catalogue(PRODUCTS)
    send(broker, pipe.topic, [as_text(item, "stock_available") for item in wanted])
    consumed = pipe.consume()
    assert consumed["created"] == PRODUCTS
    pipe.check_delivered(wanted)


def test_events_of_the_reference(pipe, broker, database):
    database.query("DELETE FROM events")
    circuits = [{"circuit": name, "n": number} for number, name in enumerate(["SCSI", "PCI", "SQL"])]
    send(
        broker,
        pipe.topic,
        [{"value": f"You can't index {about['n']}", "metadata": json.dumps(about)} for about in circuits],
    )
    run(pipe, "event-consumer", pipe.topic).ends_with(0)
    there = database.query("SELECT value, metadata FROM events ORDER BY id")
    assert sorted((row["value"], row["metadata"]["circuit"]) for row in there) == sorted(
        (f"You can't index {about['n']}", about["circuit"]) for about in circuits
    )
    assert pipe.errors() == []


def run(pipe, program, topic, *arguments, **settings):
    return pipe.programs.start(program, "--until-end", "--summary", "json", *arguments, TOPIC=topic, **settings)


def ids(database):
    """{barcode: Strapi's numeric id}"""
    return {row["barcode"]: row["id"] for row in database.rows()}


def test_movements_of_the_reference_by_id(pipe, broker, database):
    pipe.send(catalogue(3))
    pipe.consume()
    there, stock = ids(database), f"{pipe.topic}-stock"
    moves = [(1, 7, "IN"), (2, 2, "OUT"), (2, 1, "OUT"), (3, 3, "OUT"), (3, 5, "IN"), (3, 0, "OUT")]
    send(
        broker,
        stock,
        [{"id": str(there[f"{which:010}"]), "amount": str(amount), "type": way} for which, amount, way in moves],
    )
    run(pipe, "stock-consumer", stock, PRODUCT_TOPIC=pipe.topic, PRODUCT_GROUP=pipe.group).ends_with(0)
    levels = {barcode: item["stock_available"] for barcode, item in database.products().items()}
    # The second OUT of product 2 would make it -1.
    assert levels == {"0000000001": 8, "0000000002": 0, "0000000003": 5}
    assert [record["code"] for record in pipe.errors()] == ["negative_stock"]


@contextmanager
def counting_updates(database):
    """How often a row of products was updated meanwhile."""
    database.query("CREATE TABLE updates (n integer)")
    database.query("CREATE FUNCTION note_update() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$ BEGIN INSERT INTO updates VALUES (1); RETURN NEW; END $$")  # fmt: skip
    database.query("CREATE TRIGGER note_update AFTER UPDATE ON products FOR EACH ROW EXECUTE FUNCTION note_update()")
    try:
        yield lambda: database.query("SELECT count(*) AS n FROM updates")[0]["n"]
    finally:
        database.query("DROP TRIGGER note_update ON products")
        database.query("DROP FUNCTION note_update")
        database.query("DROP TABLE updates")


def movements_and_levels(products):
    """2,000 movements, and what they leave: computed in order, those below 0 left out."""
    levels = {item["barcode"]: item["stock_available"] for item in products}
    sent, refused = [], 0
    for number in range(MOVEMENTS):
        barcode = products[number * 7 % len(products)]["barcode"]
        amount, way = number * 13 % 50, "OUT" if number % 3 else "IN"
        sent.append({"barcode": barcode, "amount": str(amount), "type": way})
        level = levels[barcode] + (amount if way == "IN" else -amount)
        if amount and level < 0:
            refused += 1
        else:
            levels[barcode] = level
    return sent, levels, refused


def test_all_at_once_with_movements_before_their_products(pipe, broker, database):
    products, stock = catalogue(PRODUCTS), f"{pipe.topic}-stock"
    sent, levels, refused = movements_and_levels(products)
    broker.create_topic(pipe.topic)
    with counting_updates(database) as updates:
        send(broker, stock, sent)
        settings = {"PRODUCT_TOPIC": pipe.topic, "PRODUCT_GROUP": pipe.group}
        consumer = pipe.programs.start("stock-consumer", TOPIC=stock, **settings)
        pipe.start_consumer()
        send(broker, pipe.topic, [as_text(item, "stock_available") for item in products])
        wait_for(lambda: broker.is_committed(stock, pipe.group), "all movements", 180)
        consumer.terminate()
        consumer.ends_with(75)
        assert updates() < MOVEMENTS / 2
    there = database.products()
    assert {barcode: item["stock_available"] for barcode, item in there.items()} == levels
    codes = [record["code"] for record in pipe.errors()]
    assert codes == ["negative_stock"] * refused


# Our messages


def test_values_are_those_of_the_reference(pipe, broker):
    """Byte for byte: the members, their order, no blanks."""
    feeds = {
        "product": ("name,description,stock_available,barcode,status\n"
                    "Handmade Fresh Salad,Fresh,29,0184170613,danger\n",
                    '{"name":"Handmade Fresh Salad","description":"Fresh","stock_available":29,'
                    '"barcode":"0184170613","status":"danger"}'),
        "event": ('value;metadata\nYou can\'t index the port;{"circuit":"SCSI"}\n',
                  '{"value":"You can\'t index the port","metadata":{"circuit":"SCSI"}}'),
        "stock": ("id,amount,type\n112,7,IN\n", '{"id":112,"amount":7,"type":"IN"}'),
    }  # fmt: skip
    for name, (feed, value) in feeds.items():
        path = pipe.write_bytes(feed.encode(), f"{name}.csv")
        pipe.programs.start(f"{name}-producer", path, TOPIC=f"{pipe.topic}-{name}").ends_with(0)
        assert values(broker, f"{pipe.topic}-{name}") == [value]


def test_an_error_record_has_what_the_reference_reads(pipe):
    pipe.produce(ROOT / "data" / "products.csv")
    for record in pipe.errors():
        assert isinstance(record["error"], str) and isinstance(record["message"], str)


# One in place of the other


def test_names_of_the_environment(pipe, settings, database):
    """Nothing else is set than what the reference's services are given."""
    feed = pipe.write_feed(catalogue(3))
    broker = {"BROKERS": "", "BROKER_1": settings["BROKERS"], "BROKER_2": "", "BROKER_3": ""}
    pipe.programs.start("product-producer", FILE_NAME=feed, **broker).ends_with(0)
    consumed = pipe.consume(BEGINNING="true", **broker)
    assert consumed["created"] == 3


def test_beginning_false_leaves_what_was_there(pipe, broker):
    send(broker, pipe.topic, catalogue(3))
    pipe.start_consumer(BEGINNING="false")
    pipe.await_owner()
    send(broker, pipe.topic, [product(9)])
    pipe.await_products(1)
    pipe.await_committed()
    assert pipe.database.products() == by_barcode([product(9)])


@contextmanager
def another_member(broker, topic, group):
    """As kafkajs joins: by round robin, which our consumers do not offer. It reads nothing."""
    config = {**broker.config, "group.id": group, "partition.assignment.strategy": "roundrobin"}
    member = Consumer({**config, "enable.auto.commit": False})
    member.subscribe([topic])
    try:
        wait_for(lambda: member.poll(0.1) or member.assignment(), "its partitions")
        yield member
    finally:
        member.close()


def test_goes_on_where_another_stopped(pipe, broker):
    """By the offsets of the group, as the reference commits them."""
    wanted = catalogue(6)
    send(broker, pipe.topic, wanted[:4], partitions=1)
    broker.commit(pipe.topic, pipe.group, {0: 4})
    send(broker, pipe.topic, wanted[4:])
    assert pipe.consume()["created"] == 2
    assert pipe.database.products() == by_barcode(wanted[4:])
    # And back: whoever reads the group's offsets goes on behind.
    assert pipe.committed() == {0: 6}


def test_two_kinds_in_one_group_are_refused(pipe, broker):
    """Nothing is lost: once the other is gone, ours has only to be started again."""
    send(broker, pipe.topic, catalogue(3))
    with another_member(broker, pipe.topic, pipe.group):
        pipe.start_consumer().ends_with(69)
    pipe.consume()
    pipe.check_delivered(catalogue(3))
