"""The ingest plugin as the consumers use it: what is in PostgreSQL and in the error topic, and who may."""

import json
import uuid

import pytest

from pipe import catalogue, product
from test_error_topic import ACCEPTING, LATE, REFUSING
from test_missing_products import Stock
from waiting import wait_for

# Of a consumer that was killed: its partitions are free sooner.
SOON_DEAD = {"RDKAFKA_SESSION_TIMEOUT_MS": 6000}


@pytest.fixture
def sink():
    return "ingest"


def position(database, topic):
    """(next_offset, confirmed) by partition, of those that have one."""
    rows = database.query(
        "SELECT partition, next_offset, confirmed FROM ingest_positions WHERE topic = %s AND next_offset IS NOT NULL",
        (topic,),
    )
    return {row["partition"]: (int(row["next_offset"]), int(row["confirmed"])) for row in rows}


def is_at(pipe):
    """The target stands where the group does."""
    return {p: at[0] for p, at in position(pipe.database, pipe.topic).items() if at[0]} == {
        p: at for p, at in pipe.committed().items() if at
    }


def check_target(pipe, **settings):
    """What --check-target says of the sink."""
    program = pipe.start_consumer("--check-target", **settings).ends_with(0)
    (line,) = [line for line in program.stderr.splitlines() if " event=target " in line and " sink=" in line]
    return line.split(" sink=")[1].split()[0]


def test_products_are_created_updated_and_left(pipe):
    products = catalogue(1200)
    pipe.send(products)
    assert pipe.consume()["created"] == 1200
    pipe.check_delivered(products)
    assert is_at(pipe)
    changed = [{**item, "name": "Renamed", "stock_available": 12345} for item in products[:10]]
    pipe.send(changed + products[10:20])
    consumed = pipe.consume()
    assert (consumed["updated"], consumed["unchanged"], consumed["left_alone"]) == (10, 10, 10)
    wanted = [{**item, "name": "Renamed"} for item in products[:10]] + products[10:]
    pipe.check_delivered(wanted)


def test_update_stock_writes_what_is_left_otherwise(pipe):
    pipe.send([product(1), {**product(1), "stock_available": 77}])
    assert pipe.consume(UPDATE_STOCK="true")["left_alone"] == 0
    pipe.check_delivered([product(1, stock_available=77)])


@pytest.mark.parametrize("choice", ["skip", "reject"])
def test_entries_that_exist(pipe, choice):
    pipe.send([product(1), product(2)])
    pipe.consume()
    pipe.send([product(1, name="Renamed"), product(2), product(3)])
    consumed = pipe.consume(ON_EXISTING=choice)
    assert pipe.database.products()["0000000001"]["name"] == "Product 1"
    assert consumed["created"] == 1
    errors = pipe.errors()
    if choice == "skip":
        assert errors == []
        return
    (error,) = errors
    assert (error["code"], error["field"], error["value"]) == ("refused", "barcode", "0000000001")
    assert (error["http"]["method"], error["http"]["path"]) == ("POST", "/api/ingest/batch")
    assert json.loads(error["message"]) == product(1, name="Renamed")


def test_ignored_fields_are_not_written(pipe):
    pipe.send([product(1)])
    pipe.consume(IGNORE_FIELDS="description,status")
    there = pipe.database.products()["0000000001"]
    assert there["description"] is None and there["status"] != product(1)["status"]
    assert there["name"] == "Product 1"


def test_events_carry_their_identity(pipe, database):
    topic = f"event-{uuid.uuid4().hex[:8]}"
    pipe.broker.create_topic(topic)
    pipe.broker.send(topic, [("k", json.dumps({"value": f"v{i}", "metadata": json.dumps({"n": i})})) for i in range(500)])
    pipe.programs.start("event-consumer", "--until-end", TOPIC=topic).ends_with(0)
    events = database.query("SELECT value, metadata, ingest_id FROM events")
    assert sorted(event["value"] for event in events) == sorted(f"v{i}" for i in range(500))
    assert all(event["metadata"] == {"n": int(event["value"][1:])} for event in events)
    assert {event["ingest_id"].split("/")[0] for event in events} == {topic}
    assert len({event["ingest_id"] for event in events}) == 500


def test_movements_are_judged_in_their_order(pipe):
    stock = Stock(pipe)
    pipe.send([product(1, stock_available=10)])
    pipe.consume()
    stock.send(("0000000001", -8), ("0000000001", -5), ("0000000001", 4), ("0000000001", -6), ("0000000001", 100))
    stock.start("--until-end").ends_with(0)
    assert pipe.database.products()["0000000001"]["stock_available"] == 100
    (error,) = pipe.errors()
    assert (error["code"], error["field"], error["offset"]) == ("negative_stock", "amount", 1)


def test_what_is_missing_waits_and_what_will_not_come_is_refused(pipe):
    """Everything behind it in its partition waits, too: nothing is applied out of order."""
    stock = Stock(pipe)
    pipe.send([product(1, stock_available=10)])
    pipe.consume()
    stock.send(("0000000001", 1), ("0000000002", 5), ("0000000001", 1))
    consumer = stock.start("--until-end", PRODUCT_GRACE="1h")
    wait_for(lambda: pipe.database.products()["0000000001"]["stock_available"] == 11, "the first movement")
    pipe.send([product(2, stock_available=0)])
    pipe.consume()
    consumer.ends_with(0)
    levels = {barcode: item["stock_available"] for barcode, item in pipe.database.products().items()}
    assert levels == {"0000000001": 12, "0000000002": 5}
    stock.send(*[(f"9{i:09}", 1) for i in range(30)], ("0000000001", 1))
    stock.start("--until-end", PRODUCT_GRACE="0s").ends_with(0)
    assert pipe.database.products()["0000000001"]["stock_available"] == 13
    errors = pipe.errors()
    assert [(error["code"], error["field"]) for error in errors] == [("unknown_product", "barcode")] * 30
    assert sorted(error["value"] for error in errors) == [f"9{i:09}" for i in range(30)]


def test_killed_again_and_again(pipe, database):
    """An event has nothing that would tell it from another: each is there once."""
    topic = f"event-{uuid.uuid4().hex[:8]}"
    pipe.broker.create_topic(topic)
    values = [f"v{i}" for i in range(6000)]
    pipe.broker.send(topic, [(str(i), json.dumps({"value": value, "metadata": {}})) for i, value in enumerate(values)])
    for kills in range(4):
        consumer = pipe.programs.start("event-consumer", TOPIC=topic, BATCH_ITEMS=50, **SOON_DEAD)
        wait_for(lambda: database.query("SELECT count(*) AS n FROM events")[0]["n"] > 1000 * (kills + 1), "more events")
        consumer.kill()
    pipe.programs.start("event-consumer", "--until-end", TOPIC=topic).ends_with(0, 120)
    assert sorted(event["value"] for event in database.query("SELECT value FROM events")) == sorted(values)
    assert pipe.errors() == []


def test_events_from_plain_rest_in_the_middle(pipe, database):
    """Stopped with SIGTERM, plain REST has written events above the offset that it commits."""
    topic = f"event-{uuid.uuid4().hex[:8]}"
    pipe.broker.create_topic(topic)
    values = [f"v{i}" for i in range(3000)]
    pipe.broker.send(topic, [(str(i), json.dumps({"value": value, "metadata": {}})) for i, value in enumerate(values)])
    for written in (200, 400):
        consumer = pipe.programs.start("event-consumer", TOPIC=topic, SINK="rest")
        wait_for(lambda: database.query("SELECT count(*) AS n FROM events")[0]["n"] > written, "events")
        consumer.terminate()
        consumer.ends_with(75)
    pipe.programs.start("event-consumer", "--until-end", TOPIC=topic).ends_with(0, 120)
    assert sorted(event["value"] for event in database.query("SELECT value FROM events")) == sorted(values)
    assert pipe.errors() == []


def test_movements_from_plain_rest_in_the_middle(pipe):
    stock = Stock(pipe)
    products = catalogue(60)
    pipe.send([{**item, "stock_available": 0} for item in products])
    pipe.consume()
    moved = [(products[i % 60]["barcode"], 1 + i % 7) for i in range(3000)]
    stock.send(*moved)
    consumer = stock.start(SINK="rest")
    wait_for(lambda: any(item["stock_available"] for item in pipe.database.products().values()), "movements")
    consumer.terminate()
    consumer.ends_with(75)
    stock.start("--until-end").ends_with(0)
    wanted = {item["barcode"]: 0 for item in products}
    for barcode, amount in moved:
        wanted[barcode] += amount
    assert {b: item["stock_available"] for b, item in pipe.database.products().items()} == wanted
    assert pipe.errors() == []


def test_refused_ones_survive_a_kill(pipe):
    """Between Strapi's commit and the error topic: the plugin keeps what it has refused."""
    products = catalogue(300)
    pipe.send(products)
    pipe.consume()
    pipe.send([{**item, "name": "Renamed"} for item in products])
    pipe.broker.alter_topic(pipe.error_topic, **REFUSING)
    consumer = pipe.start_consumer(ON_EXISTING="reject", **SOON_DEAD, **LATE)
    wait_for(
        lambda: sum(at[0] for at in position(pipe.database, pipe.topic).values()) > 300, "batches with refused ones"
    )
    consumer.kill()
    assert pipe.errors() == []
    pipe.broker.alter_topic(pipe.error_topic, **ACCEPTING)
    pipe.consume(ON_EXISTING="reject")
    errors = pipe.errors()
    assert len({error["id"] for error in errors}) == 300
    assert {error["code"] for error in errors} == {"refused"}
    assert {item["name"] for item in pipe.database.products().values()} == {item["name"] for item in products}


def test_a_token_with_the_plugins_rights_is_enough(pipe):
    kept = pipe.database.keep()
    try:
        for action in ("find", "create", "update"):
            pipe.database.take_permission(f"api::product.product.{action}")
        assert check_target(pipe) == "ingest"
        pipe.send(catalogue(20))
        pipe.consume(SINK="auto")
        pipe.check_delivered(catalogue(20))
    finally:
        pipe.database.give_back(kept)


@pytest.mark.parametrize("choice", ["auto", "ingest"])
def test_a_token_without_them_is_not_taken_for_a_missing_plugin(pipe, choice):
    kept = pipe.database.take_permission("plugin::ingest.ingest.info")
    try:
        program = pipe.start_consumer("--check-target", SINK=choice).ends_with(78)
        assert "SINK=rest" in program.stderr
    finally:
        pipe.database.give_back(kept)


def test_which_sink_it_is(pipe):
    assert check_target(pipe, SINK="auto") == "ingest"
    assert check_target(pipe, SINK="rest") == "rest"
    program = pipe.start_consumer("--check-config", SINK="auto").ends_with(0)
    assert b"SINK=auto" in program.stdout.replace(b" ", b"") or b"auto" in program.stdout


def test_a_strapi_without_the_plugin(pipe, session_stack):
    with session_stack.beside("pluginless", "--without-plugin") as other:
        there = {name: other.env[name] for name in ("STRAPI_URL", "STRAPI_TOKEN")}
        assert check_target(pipe, SINK="auto", **there) == "rest"
        program = pipe.start_consumer("--check-target", SINK="ingest", **there).ends_with(78)
        assert "plugins/ingest" in program.stderr
        # What was written by the plugin goes on by it, or not at all.
        pipe.send(catalogue(5))
        pipe.consume(SINK="ingest")
        pipe.send(catalogue(5))
        pipe.start_consumer("--until-end", SINK="auto", **there).ends_with(78)
