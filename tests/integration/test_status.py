"""scripts/stack status: what stands in its columns is what there is."""

import json

import pytest

from pipe import catalogue
from stack import ROOT
from waiting import wait_for

COLUMNS = ("end", "done", "left", "rejected")


@pytest.fixture
def settings(session_stack, settings, broker):
    """The names that status asks about are the defaults, so they are taken away afterwards."""
    own = {name: settings[name] for name in ("BROKERS", "STRAPI_URL", "STRAPI_TOKEN")}
    yield {
        **own,
        "TOPIC": "product",
        "ERROR_TOPIC": "error",
        "GROUP_ID": "product-creator",
        "HEALTH_FILE": f"{session_stack.folder}/run/health/",
    }
    there = [topic for topic in ("product", "error") if broker.partitions(topic)]
    for gone in broker.admin.delete_topics(there).values():
        gone.result(30)


def status(stack):
    """{topic: (numbers, outage)}; a topic that is not there has a dash for each but one."""
    lines = stack.run("status").splitlines()
    at = next(place for place, line in enumerate(lines) if line.split()[:1] == ["topic"])
    found = {}
    for line in lines[at + 1 : at + 4]:
        topic, *words = line.split()
        numbers = {name: int(word) for name, word in zip(COLUMNS, words) if word != "-"}
        found[topic] = numbers, " ".join(words[len(COLUMNS) :])
    return found


def of_products(stack):
    return status(stack)["product"]


def await_outage(stack, words):
    wait_for(lambda: of_products(stack)[1] == words, f"the word {words!r}", 60)


def test_counts(stack, pipe):
    pipe.produce(ROOT / "data" / "products.csv")
    sent, end = len(pipe.sent()), sum(pipe.broker.ends("product").values())
    assert sent < end <= sent + 2 * 3  # a mark a transaction and partition
    expected = {"end": end, "done": 0, "left": end, "rejected": len(pipe.errors())}
    assert of_products(stack) == (expected, "no consumer")
    pipe.consume()
    expected |= {"done": end, "left": 0}
    assert of_products(stack) == (expected, "no consumer")


def test_a_record_that_is_there_twice_is_one_rejection(stack, pipe, broker):
    broker.create_topic(pipe.error_topic)
    record = json.dumps({"id": "product/0/1/2/g", "topic": "product", "error": "e"})
    other = json.dumps({"id": "product/0/2/2/g", "topic": "product", "error": "e"})
    broker.send(pipe.error_topic, [("a", record), ("b", record), ("c", other), ("d", "hello"), ("e", '{"error":"x"}')])
    assert of_products(stack)[0] == {"rejected": 2}
    assert "and 2 error records about other topics" in stack.run("status")


def test_an_outage_is_said_by_the_consumer(stack, pipe):
    consumer = pipe.start_consumer()
    pipe.send(catalogue(3))
    pipe.await_committed()
    await_outage(stack, "no")
    stack.stop("strapi")
    pipe.send(catalogue(2, first=10))
    await_outage(stack, "yes")
    assert of_products(stack)[0] == {"end": 5, "done": 3, "left": 2, "rejected": 0}
    stack.start("strapi")
    pipe.await_committed()
    await_outage(stack, "no")
    consumer.terminate()
    consumer.wait()
    assert of_products(stack) == ({"end": 5, "done": 5, "left": 0, "rejected": 0}, "no consumer")


def test_a_consumer_that_says_nothing_is_not_known(stack, pipe):
    pipe.send(catalogue(1))
    pipe.start_consumer(HEALTH_FILE="")
    (stack.folder / "run" / "health" / "product-consumer").unlink(missing_ok=True)
    pipe.await_committed()
    assert of_products(stack)[1] == "not known"


def test_a_consumer_that_was_killed(stack, pipe):
    """Its file stays behind, and for a while Kafka takes it for a member."""
    pipe.send(catalogue(1))
    consumer = pipe.start_consumer()
    pipe.await_committed()
    await_outage(stack, "no")
    consumer.kill()
    path = stack.folder / "run" / "health" / "product-consumer"
    written, state = path.read_text().split()
    path.write_text(f"{int(written) - 20000} {state}\n")
    assert of_products(stack)[1].startswith("stopped? ")


def test_a_consumer_that_waits_at_its_start(stack, pipe):
    pipe.send(catalogue(1))
    stack.stop("strapi")
    pipe.start_consumer()
    await_outage(stack, "waiting at its start")
