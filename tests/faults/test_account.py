"""The account itself: what it does not notice, no case does."""

import json

import pytest

COUNT = 200
# Which way the effects came does not matter to it.
pytestmark = pytest.mark.parametrize("sink", ["ingest"], indirect=True)


@pytest.mark.parametrize("entity", ["product", "event", "stock"])
def test_an_undisturbed_flow(case, entity):
    flow = case.flow(entity)
    path, rows = flow.write_feed(COUNT)
    flow.start_producer(path).ends_with(0)
    flow.send(COUNT)
    flow.start_consumer("--until-end").ends_with(0, 120)
    of_rows, account = flow.account_of_rows(rows), flow.account()
    of_rows.check()
    account.check()
    assert of_rows.fed == COUNT and of_rows.refused > 0
    assert account.fed == 2 * COUNT - of_rows.refused and account.refused > 0


@pytest.fixture
def done(case, request):
    flow = case.flow(getattr(request, "param", "event"))
    flow.send(COUNT)
    flow.start_consumer("--until-end").ends_with(0, 120)
    flow.account().check()
    return flow


def change(flow, sql):
    flow.case.database.query(f"{sql} WHERE id = %s", (flow.effects.rows("id")[-1]["id"],))


@pytest.mark.parametrize("done", ["product", "event", "stock"], indirect=True)
def test_what_is_lost(done):
    change(done, f"DELETE FROM {done.effects.table}")
    account = done.account()
    assert (len(account.lost), len(account.extra)) == (1, 0) and not account.is_exact


@pytest.mark.parametrize("done", ["stock"], indirect=True)
def test_a_movement_applied_twice(done):
    change(done, "UPDATE products SET stock_available = stock_available + 3")
    account = done.account()
    assert (len(account.lost), len(account.extra)) == (1, 1)


def test_an_event_twice(done):
    change(done, "INSERT INTO events (value, metadata) SELECT value, metadata FROM events")
    account = done.account()
    assert (len(account.lost), len(account.extra)) == (0, 1)


def send_record(flow, **changes):
    (record, *_) = flow.records()[0].values()
    flow.broker.send(flow.error_topic, [(None, json.dumps({**record, **changes}))])
    return flow.account()


def test_an_error_record_twice(done):
    """With one id it is one; with another it is one too many."""
    account = send_record(done)
    account.check()
    assert account.records_again == 1
    assert len(send_record(done, id="another").unexplained) == 1


def test_an_error_record_of_what_was_written(done):
    place = next(m for m in done.messages() if b"no JSON" not in m.value and json.loads(m.value)["value"])
    account = send_record(done, id="another", partition=place.partition, offset=place.offset)
    assert len(account.unexplained) == 1


def test_what_is_not_committed(done):
    partition, end = max(done.ends().items(), key=lambda found: found[1])
    done.broker.commit(done.topic, done.group, {partition: end - 1})
    assert list(done.account().uncommitted) == [partition]
