"""A record that ends Strapi each time it is written. Made for this purpose, by a lifecycle hook in a Strapi of
the case's own: what is known to end a real one (a database error inside the check of `unique`, by U+0000) does
not pass our own checks."""

import json
import os

import pytest

from feeds import Record

DEADLY = "Deadly"
HOOK = """
const end = ({ params }) => {
  const all = Array.isArray(params.data) ? params.data : [params.data];
  if (all.some((data) => String(data.name).startsWith('%s'))) process.kill(process.pid, 'SIGKILL');
};
module.exports = { beforeCreate: end, beforeCreateMany: end, beforeUpdate: end };
"""
GOOD = 60


@pytest.fixture(scope="module")
def deadly_env(session_stack):
    name = f"deadly_{os.getpid()}"
    types = session_stack.folder / "beside" / name / "overlay/src/api/product/content-types/product"
    types.mkdir(parents=True)
    (types / "lifecycles.js").write_text(HOOK % DEADLY)
    with session_stack.beside(name) as stack:
        yield stack.env


@pytest.fixture
def target_env(deadly_env):
    return deadly_env


def test_it_is_found_and_the_others_go_on(case):
    # What is given up too soon may yet end the Strapi that somebody else's record is tried alone on.
    flow = case.flow("product", MAX_ATTEMPTS="2", REQUEST_TIMEOUT="60s")
    flow.send(GOOD)
    # With a key that no other has: of two in one batch only the later one's values are written.
    key = f"{flow.feed.prefix}{DEADLY}"
    deadly = Record(key, {**flow.feed.good(9999).fields, "barcode": key, "name": f"{DEADLY} product"})
    (place,) = flow.send_records([deadly])
    flow.send(GOOD)
    consumer = flow.start_consumer()
    flow.await_end(240)
    (record,) = flow.refused_by_target()
    assert json.loads(record["message"]) == deadly.fields
    flow.account(target_refuses={place: "kills_target"}).check()
    assert consumer.is_running
