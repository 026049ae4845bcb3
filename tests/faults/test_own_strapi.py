"""What is done to a Strapi as a whole, in one of the case's own: the plugin is removed and put back, the
database is restored from an older dump."""

import os
import subprocess
from contextlib import contextmanager

import pytest

WAVE = 120
ENTITIES = ("product", "event", "stock")


@pytest.fixture
def own_stack(session_stack):
    with session_stack.beside(f"own_{os.getpid()}") as stack:
        yield stack


@pytest.fixture
def target_env(own_stack):
    return own_stack.env


def await_ends(flows):
    for flow in flows:
        flow.await_end()


def send(flows):
    for flow in flows:
        flow.send(WAVE)


@pytest.mark.parametrize("sink", ["ingest"], indirect=True)
def test_the_plugin_is_removed_and_put_back(case, own_stack):
    """An outage: nothing is written in another way meanwhile, not even by who may choose the way."""
    flows = [case.flow(entity) for entity in ENTITIES]
    consumers = [flow.start_consumer() for flow in flows]
    send(flows)
    await_ends(flows)
    own_stack.stop("strapi")
    own_stack.run("plugin", "off")
    own_stack.start("strapi")
    before = [flow.effects.marks() for flow in flows]
    send(flows)
    for flow in flows:
        flow.await_outage()
    consumers[0].terminate()
    consumers[0].ends_with(75)
    flows[0].start_consumer("--until-end", SINK="auto").ends_with(78)
    assert [flow.effects.marks() for flow in flows] == before
    assert not any(flow.is_at_end() for flow in flows)
    own_stack.stop("strapi")
    own_stack.run("plugin", "on")
    own_stack.start("strapi")
    flows[0].start_consumer()
    await_ends(flows)
    for flow in flows:
        flow.account().check()


class Dump:
    def __init__(self, env, path):
        self.env = {**os.environ, **env}
        self.database = env["PGDATABASE"]
        self.path = path
        self.run("pg_dump", "--clean", "--if-exists", "--file", path, self.database)

    def run(self, *command):
        done = subprocess.run(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout

    def restore(self):
        self.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", "-f", self.path, self.database)


@contextmanager
def stopped(stack):
    stack.stop("strapi")
    try:
        yield
    finally:
        stack.start("strapi")


@pytest.mark.parametrize("waves", [0, 1])
def test_the_database_is_restored_from_a_dump(case, own_stack, waves):
    """The plugin's positions come back with it, or that there were none yet, and what was written since is
    written again, also by a consumer that runs on. By REST nobody can know: there the group's offsets are set
    back by hand, to those of the dump."""
    flows = [case.flow(entity) for entity in ENTITIES]
    consumers = [flow.start_consumer() for flow in flows]
    for flow in flows:
        flow.await_owned()
    for _ in range(waves):
        send(flows)
        await_ends(flows)
    dump = Dump(case.env, case.folder / "dump.sql")
    # Also of partitions from which nothing was read by then.
    at_dump = [{**dict.fromkeys(flow.ends(), 0), **flow.committed()} for flow in flows]
    send(flows)
    await_ends(flows)
    if case.sink == "rest":
        end(consumers)
    case.database.close()
    with stopped(own_stack):
        dump.restore()
    if case.sink == "rest":
        for flow, offsets in zip(flows, at_dump):
            flow.broker.commit(flow.topic, flow.group, offsets)
    send(flows)
    if case.sink == "ingest":
        await_ends(flows)
        end(consumers)
    # Partitions of which nothing new was read are found out at a start.
    for flow in flows:
        flow.start_consumer("--until-end").ends_with(0, 180)
        flow.account().check()


def end(consumers):
    for consumer in consumers:
        consumer.terminate()
        consumer.ends_with(75)
