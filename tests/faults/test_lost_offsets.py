"""Retention that has overtaken a stopped consumer, and a group whose offsets are lost, or are none of its topic:
what can be delivered is, what cannot is named, and nothing comes twice for it."""

import pytest

COUNT = 60
ENTITIES = ("product", "event", "stock")


def work_off(flow, **settings):
    flow.start_consumer("--until-end", **settings).ends_with(0, 120)


def worked_off(case, entity, good=False):
    flow = case.flow(entity)
    flow.send(COUNT, good)
    work_off(flow)
    return flow


def expire(case, flow):
    """Some of what is not read yet: {partition: (from, up to)}."""
    committed = flow.committed()
    gone = {
        partition: (committed[partition], case.chance.randrange(committed[partition], end) + 1)
        for partition, end in flow.ends().items()
        if committed[partition] < end
    }
    flow.broker.delete_records(flow.topic, {partition: low for partition, (_, low) in gone.items()})
    return gone


@pytest.mark.parametrize("entity", ENTITIES)
def test_retention_overtakes_it(case, entity):
    """One record names what is gone of each partition; all else is delivered. (A message that the consumer refused
    is not with the plugin, and named once more if it was the last one.)"""
    flow = worked_off(case, entity, good=True)
    flow.send(COUNT)
    messages = flow.messages()
    gone = expire(case, flow)
    work_off(flow)
    left = [m for m in messages if not (m.partition in gone and m.offset in range(*gone[m.partition]))]
    expired = {(partition, start): "expired" for partition, (start, _) in gone.items()}
    flow.account(messages=left, target_refuses=expired).check()
    records = [record for record in flow.records()[0].values() if record["code"] == "expired"]
    assert all(str(gone[record["partition"]][1] - 1) in record["error"] for record in records)


def test_retention_of_what_was_read(case):
    """Nothing is missing then."""
    flow = worked_off(case, "event")
    messages = flow.messages()
    flow.broker.delete_records(flow.topic, flow.ends())
    flow.send(COUNT)
    work_off(flow)
    flow.account(messages=messages + flow.messages()).check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_group_is_deleted(case, entity):
    """Everything is read again, and has its effect once."""
    flow = worked_off(case, entity)
    flow.broker.delete_group(flow.group)
    flow.send(COUNT)
    work_off(flow)
    flow.account().check()


def lose_place(flow):
    """Offsets that nobody can tell anything by: behind the end, without a note."""
    lost = {partition: (end + 100, "") for partition, end in flow.ends().items()}
    flow.broker.commit_noted(flow.topic, flow.group, lost)


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_place_is_lost(case, entity):
    """Read again from the beginning."""
    flow = worked_off(case, entity)
    flow.send(COUNT)
    lose_place(flow)
    work_off(flow)
    flow.account().check()


@pytest.mark.parametrize("sink", ["rest"])
def test_the_place_is_lost_and_skipped(case, sink):
    """ON_LOST_OFFSETS=skip: what is there is passed over, what comes then is delivered. The plugin would know the
    place."""
    flow = worked_off(case, "event")
    messages = flow.messages()
    flow.send(COUNT, good=True)
    lose_place(flow)
    skipped = {(m.partition, m.offset) for m in flow.messages()} - {(m.partition, m.offset) for m in messages}
    work_off(flow, ON_LOST_OFFSETS="skip")
    flow.send(COUNT)
    work_off(flow)
    flow.account(messages=[m for m in flow.messages() if (m.partition, m.offset) not in skipped]).check()
