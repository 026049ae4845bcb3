"""Kafka or Strapi is not there at the start, or not what it should be; and asking without starting."""

import socket

import pytest

from fake_strapi import FakeStrapi, failure
from pipe import catalogue, product
from waiting import wait_for

PROGRAMS = ("product-producer", "product-consumer", "error-monitor")


@pytest.fixture
def nowhere():
    """host:port where nobody listens, and nobody else can begin to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def strapi():
    fake = FakeStrapi()
    yield fake
    fake.close()


@pytest.mark.parametrize("name", PROGRAMS)
def test_giving_up_on_kafka(pipe, nowhere, name):
    feed = pipe.write_feed([product(1)])
    arguments = [feed] if name == "product-producer" else ["--until-end"]
    pipe.programs.start(name, *arguments, BROKERS=nowhere, GIVE_UP_AFTER="2s").ends_with(69)


def test_what_was_not_sent_is_said(pipe, nowhere):
    summary = pipe.produce(pipe.write_feed(catalogue(3)), code=69, BROKERS=nowhere, GIVE_UP_AFTER="2s")
    assert summary["sent"] == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_stopped_while_waiting_for_kafka(pipe, nowhere, name):
    feed = pipe.write_feed([product(1)])
    arguments = [feed] if name == "product-producer" else ["--until-end"]
    program = pipe.programs.start(name, *arguments, BROKERS=nowhere)
    wait_for(lambda: nowhere in program.stderr, "it has tried")
    program.terminate()
    program.ends_with(75)


def test_started_before_the_broker(pipe, stack):
    """All services start together: nobody minds that Kafka comes last."""
    products = catalogue(50)
    feed = pipe.write_feed(products)
    stack.stop("kafka")
    try:
        producer = pipe.programs.start("product-producer", "--summary", "json", feed)
        consumer = pipe.start_consumer()
        broker = pipe.programs.settings["BROKERS"]
        wait_for(lambda: broker in producer.stderr and broker in consumer.stderr, "both have tried")
    finally:
        stack.start("kafka")
    producer.ends_with(0)
    assert producer.summary()["sent"] == len(products)
    pipe.await_delivered(products)
    pipe.await_committed()
    pipe.check_delivered(products)


def test_broker_stopped_in_the_middle(pipe, stack):
    """The consumer sits it out; what it had done is committed when Kafka is back."""
    products = catalogue(600)
    pipe.send(products)
    consumer = pipe.start_consumer()
    pipe.await_products(100)
    stack.stop("kafka")
    stack.start("kafka")
    pipe.await_delivered(products)
    pipe.await_committed()
    pipe.check_delivered(products)
    assert consumer.is_running and pipe.database.written_twice() == []


def test_giving_up_on_strapi(pipe, nowhere):
    pipe.start_consumer(STRAPI_URL=f"http://{nowhere}", GIVE_UP_AFTER="2s").ends_with(69)


def test_stopped_while_waiting_for_strapi(pipe, nowhere):
    consumer = pipe.start_consumer(STRAPI_URL=f"http://{nowhere}")
    wait_for(lambda: consumer.stderr, "it has tried, and says so")
    consumer.terminate()
    consumer.ends_with(75)


def test_no_such_collection(pipe):
    pipe.start_consumer(STRAPI_URL=pipe.programs.settings["STRAPI_URL"] + "/elsewhere").ends_with(78)
    assert pipe.broker.partitions(pipe.topic) == []


def without_status(_, request):
    """A content type that lacks a field refuses to be asked for it."""
    if "status" in [value for name, value in request.query if name.startswith("fields")]:
        return failure(400, "ValidationError", "Invalid key status")
    return None


def test_a_missing_field(pipe, strapi):
    strapi.rule = without_status
    pipe.start_consumer(STRAPI_URL=strapi.url).ends_with(78)
    pipe.send(catalogue(3))
    pipe.consume(STRAPI_URL=strapi.url, IGNORE_FIELDS="status")
    there = strapi.stored()
    assert len(there) == 3 and all("status" not in entry for entry in there.values())


def test_check_target(pipe, strapi, nowhere):
    def check(**settings):
        return pipe.start_consumer("--check-target", **settings)

    check().ends_with(0)
    check(STRAPI_TOKEN="wrong").ends_with(69)
    check(STRAPI_URL=f"http://{nowhere}").ends_with(69)
    check(STRAPI_URL=pipe.programs.settings["STRAPI_URL"] + "/elsewhere").ends_with(78)
    strapi.rule = without_status
    check(STRAPI_URL=strapi.url).ends_with(78)
    # It asks Strapi and nobody else.
    check(BROKERS=nowhere).ends_with(0)
    assert pipe.broker.partitions(pipe.topic) == []


@pytest.mark.parametrize("name", PROGRAMS)
def test_check_config(pipe, nowhere, name):
    """Neither Kafka nor Strapi is asked, and no secret is printed."""
    program = pipe.programs.start(
        name, "--check-config", BROKERS=nowhere, STRAPI_TOKEN="secret-token", RDKAFKA_SASL_PASSWORD="secret-password"
    )
    program.ends_with(0)
    text = program.stdout.decode() + program.stderr
    assert nowhere in text and "secret" not in text


@pytest.mark.parametrize(
    "name, wrong, code",
    [
        ("product-consumer", {"ON_EXISTING": "overwrite"}, 78),
        ("product-consumer", {"REQUEST_TIMEOUT": "soon"}, 78),
        ("product-consumer", {"STRAPI_TOKEN": ""}, 78),
        ("product-consumer", {"STRAPI_TOKEN": "", "STRAPI_TOKEN_FILE": "/not/there"}, 78),
        ("product-consumer", {"STRAPI_URL": "not a URL"}, 78),
        ("product-consumer", {"IGNORE_FIELDS": "barcode"}, 78),
        ("product-consumer", {"IGNORE_FIELDS": "colour"}, 78),
        ("product-producer", {"PARTITIONS": "0"}, 78),
        ("product-producer", {"RDKAFKA_NO_SUCH_THING": "1"}, 78),
        ("error-monitor", {"LOG_LEVEL": "loud"}, 78),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_wrong_settings(pipe, name, wrong, code):
    program = pipe.programs.start(name, **wrong)
    program.ends_with(code)
    assert program.stderr.strip() != ""


@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong_flags(pipe, name):
    pipe.programs.start(name, "--no-such-flag").ends_with(64)
    pipe.programs.start(name, "--help").ends_with(0)
    pipe.programs.start(name, "--version").ends_with(0)


def test_healthcheck(pipe):
    health = pipe.folder / "health"

    def check(path=health):
        return pipe.start_consumer("--healthcheck", HEALTH_FILE=path).wait()

    assert check() == 1 and check("") == 1
    pipe.send(catalogue(1))
    consumer = pipe.start_consumer(HEALTH_FILE=health)
    wait_for(lambda: check() == 0, "a healthy consumer")
    consumer.terminate()
    consumer.ends_with(75)
    # What it wrote last is too old after a while; here at once.
    state = health.read_text() if health.exists() else ""
    health.write_text(state.replace(state[:10], "1000000000", 1))
    assert check() == 1


def test_a_consumer_that_starts_at_the_end(pipe):
    """BEGINNING=false: what is there already is none of its business."""
    old, new = catalogue(5), catalogue(5, first=100)
    pipe.send(old)
    consumer = pipe.start_consumer(BEGINNING="false")
    ends = pipe.broker.ends(pipe.topic)
    pipe.await_offsets(ends)
    pipe.send(new)
    pipe.await_delivered(new)
    assert pipe.database.count() == len(new) and consumer.is_running


def test_an_offset_that_is_not_there_any_more(pipe):
    """BEGINNING=false is about a new group: one whose offset the log no longer has (here one behind its
    end, as after a restored broker) goes on with what there is, and skips nothing."""
    products = catalogue(5)
    pipe.send(products, partitions=1)
    pipe.broker.commit(pipe.topic, pipe.group, {0: 100})
    pipe.start_consumer(BEGINNING="false")
    pipe.await_delivered(products)
    pipe.await_committed()


def test_a_group_that_has_begun_skips_no_partition(pipe):
    """BEGINNING=false is about a group that has committed nothing: partitions that were added, or of
    which nothing was read before the last stop, are read from their beginning."""
    products = catalogue(60)
    places = pipe.send(products)
    pipe.broker.commit(pipe.topic, pipe.group, {0: pipe.broker.ends(pipe.topic)[0]})
    pipe.start_consumer(BEGINNING="false")
    expected = [item for item, (partition, _) in zip(products, places) if partition != 0]
    assert 0 < len(expected) < len(products)
    pipe.await_delivered(expected)
    pipe.await_committed()
    assert pipe.database.count() == len(expected)
