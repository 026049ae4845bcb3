"""A Strapi that hangs up, fails or asks for patience at the wrong moment. Played, because the real one
cannot be made to do it: see fake_strapi.py. Kafka is real."""

import pytest

from fake_strapi import HANG_UP, FakeStrapi, answer, failure
from pipe import catalogue, product
from waiting import wait_for

COUNT = 60


@pytest.fixture
def strapi():
    fake = FakeStrapi()
    yield fake
    fake.close()


@pytest.fixture
def faked(pipe, strapi):
    pipe.programs.settings["STRAPI_URL"] = strapi.url
    pipe.products = catalogue(COUNT)
    return pipe


def check_stored(strapi, products):
    there = strapi.stored()
    assert there.keys() == {item["barcode"] for item in products}
    for item in products:
        assert there[item["barcode"]].items() >= item.items()


def check_no_blind_repetition(strapi):
    """Whatever became of a POST that was not answered: the next request about that barcode is a
    look-up."""
    for barcode in strapi.posts():
        history = strapi.history(barcode)
        for (method, became), (after, _) in zip(history, history[1:]):
            assert (method, became, after) != ("POST", "hung up", "POST"), (barcode, history)


def hang_up_on_second_posts(times, store):
    """Takes the second request of a connection, if it is a POST, and closes it without an answer; keeps every
    other one. An entry's second POST passes: its look-up may have been the first request of a new connection."""
    left = [times]
    hung_up = set()

    def rule(fake, request):
        if request.method != "POST" or request.number != 2 or left[0] == 0 or request.fields["barcode"] in hung_up:
            return None
        left[0] -= 1
        hung_up.add(request.fields["barcode"])
        if store(left[0]) and request.fields["barcode"] not in fake.entries:
            fake.store(request)
        return HANG_UP

    return rule


@pytest.mark.parametrize("kept", ["all", "none", "every other"])
def test_second_post_of_a_connection_is_not_answered(faked, strapi, kept):
    strapi.rule = hang_up_on_second_posts(6, lambda n: kept == "all" or (kept == "every other" and n % 2 == 0))
    faked.send(faked.products)
    faked.consume()
    assert strapi.count("hung up") == 6
    check_stored(strapi, faked.products)
    check_no_blind_repetition(strapi)
    # One that was stored, or answered, is never sent again; one that was not comes a second time.
    twice = [barcode for barcode, count in strapi.posts().items() if count > 1]
    assert len(twice) == {"all": 0, "none": 6, "every other": 3}[kept]
    assert strapi.posts().total() == COUNT + len(twice)
    assert faked.errors() == [] and faked.is_committed()


def test_created_is_said_and_was_not(faked, strapi):
    """As Strapi 5 does when its COMMIT fails: 201, and no entry."""
    lies = {item["barcode"] for item in faked.products[::10]}

    def rule(fake, request):
        if request.method == "POST" and request.fields["barcode"] in lies:
            lies.discard(request.fields["barcode"])
            return answer(201, {"data": {"id": 9999, "documentId": "gone", **request.fields}, "meta": {}})
        return None

    strapi.rule = rule
    faked.send(faked.products)
    faked.consume()
    check_stored(strapi, faked.products)
    assert faked.errors() == [] and faked.is_committed()


@pytest.mark.parametrize("status", [429, 503])
def test_asked_for_patience(faked, strapi, status):
    left = [2]

    def rule(_, request):
        if request.method != "POST" or left[0] == 0:
            return None
        left[0] -= 1
        return failure(status, "TooManyRequestsError", "Too many requests", Retry_After=1)

    strapi.rule = rule
    faked.send(faked.products)
    faked.consume()
    assert strapi.count(status) == 2
    check_stored(strapi, faked.products)
    assert faked.errors() == [] and faked.is_committed()


def fail_for(bad, status=500):
    def rule(_, request):
        if request.method == "POST" and request.fields["barcode"] in bad:
            return failure(status, "InternalServerError", "Internal Server Error")
        return None

    return rule


def test_one_record_fails_while_others_pass(faked, strapi):
    """As long as it takes there are others to compare with."""
    bad = faked.products[COUNT // 2]["barcode"]
    strapi.rule = fail_for({bad})
    faked.send(faked.products)
    consumer = faked.start_consumer(MAX_ATTEMPTS="3")

    def another_and_the_record():
        faked.products.append(product(len(faked.products) + 1))
        faked.send(faked.products[-1:])
        return faked.errors()

    (record,) = wait_for(another_and_the_record, "the error record")
    assert (record["code"], record["key"], record["attempts"]) == ("attempts_exhausted", bad, 3)
    assert record["retryable"] is True and record["stage"] == "strapi"
    assert record["http"]["status"] == 500 and record["http"]["path"] == "/api/products"
    assert strapi.posts()[bad] == 3
    faked.await_committed()
    check_stored(strapi, [item for item in faked.products if item["barcode"] != bad])
    assert len(faked.errors()) == 1 and consumer.is_running


def test_everything_fails_for_a_while(faked, strapi):
    failing = {item["barcode"] for item in faked.products}
    strapi.rule = fail_for(failing)
    faked.send(faked.products)
    consumer = faked.start_consumer("--until-end", MAX_ATTEMPTS="2")
    wait_for(lambda: strapi.count(500) >= 6, "six tries")
    assert strapi.stored() == {} and faked.errors() == []
    strapi.rule = None
    consumer.ends_with(0)
    check_stored(strapi, faked.products)
    assert faked.errors() == [] and faked.is_committed()


def test_too_large_for_it(faked, strapi):
    bad = faked.products[7]["barcode"]
    strapi.rule = fail_for({bad}, 413)
    faked.send(faked.products)
    assert faked.consume()["rejected"] == 1
    (record,) = faked.errors()
    assert (record["code"], record["key"], record["http"]["status"]) == ("body_too_large", bad, 413)
    check_stored(strapi, [item for item in faked.products if item["barcode"] != bad])


def test_look_ups_that_are_not_answered(faked, strapi):
    left = [4]

    def rule(_, request):
        if request.method != "GET" or not request.barcodes or left[0] == 0:
            return None
        left[0] -= 1
        return HANG_UP

    strapi.rule = rule
    faked.send(faked.products)
    faked.consume()
    check_stored(strapi, faked.products)
    assert max(strapi.posts().values()) == 1
    assert faked.errors() == [] and faked.is_committed()


def test_a_filter_that_is_dropped(faked, strapi):
    """With more than ten keys this one answers as if there were no filter."""
    for number in range(1000, 1003):
        strapi.entries[str(number)] = {"id": number, "documentId": f"d{number}", **product(0, barcode=str(number))}

    def rule(fake, request):
        if request.method != "GET" or len(request.barcodes) <= 10:
            return None
        page = {"page": 1, "pageSize": 100, "pageCount": 1, "total": len(fake.entries)}
        return answer(200, {"data": list(fake.entries.values()), "meta": {"pagination": page}})

    strapi.rule = rule
    faked.send(faked.products)
    faked.consume()
    there = strapi.stored()
    assert len(there) == COUNT + 3 and max(strapi.posts().values()) == 1
    assert faked.errors() == []
