"""One stack a session; topics, group and an empty table for each test.

FEEDS_BIN         where the programs are; default: what the build that runs the test has built
                  (FEEDS_BUILT, set by ctest), or else build/<preset>/bin, the newest
FEEDS_TEST_STACK  a stack that is running already, and is left running
"""

import os
import shutil
import signal
import tempfile
import uuid
from pathlib import Path

import pytest

from broker import Broker
from database import Database
from pipe import Pipe
from programs import Programs
from stack import ROOT, Stack
from waiting import wait_for


@pytest.fixture(scope="session", autouse=True)
def interruptible():
    """SIGTERM ends the session as Ctrl-C does: what was started is taken down."""

    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def bin_folder():
    given = os.environ.get("FEEDS_BIN") or os.environ.get("FEEDS_BUILT")
    built = sorted(ROOT.glob("build/*/bin/product-consumer"), key=lambda path: path.stat().st_mtime)
    folder = Path(given) if given else built[-1].parent if built else None
    assert folder and (folder / "product-consumer").exists(), "no programs: build them, or set FEEDS_BIN"
    return folder


@pytest.fixture(scope="session")
def session_stack():
    shared = os.environ.get("FEEDS_TEST_STACK")
    if shared:
        stack = Stack(shared)
        stack.up()
        yield stack
        return
    # Not below a folder that only its owner may enter: PostgreSQL may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="strapi-feeds-test."))
    folder.chmod(0o755)
    stack = Stack(folder / "stack")
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(session_stack):
    """For tests that stop parts of it: all of it runs again afterwards."""
    yield session_stack
    session_stack.up()


@pytest.fixture(scope="session")
def broker(session_stack):
    broker = Broker(session_stack.env["BROKERS"])
    wait_for(lambda: broker.asker().list_topics(timeout=5).brokers, "the broker")
    yield broker
    broker.close()


@pytest.fixture
def target_env(session_stack):
    """The settings of the Strapi that is delivered into; tests of other Strapis give their own."""
    return session_stack.env


@pytest.fixture
def database(target_env):
    """PostgreSQL, with no product in it."""
    database = Database(target_env)
    database.empty()
    yield database
    database.close()


@pytest.fixture
def sink():
    """What the consumers write by. Most tests are about plain REST; tests of the other one, and of both,
    give their own."""
    return "rest"


@pytest.fixture
def settings(target_env, sink):
    """The environment of our programs: names of this test's own."""
    env = target_env
    name = uuid.uuid4().hex[:8]
    return {
        "BROKERS": env["BROKERS"],
        "STRAPI_URL": env["STRAPI_URL"],
        "STRAPI_TOKEN": env["STRAPI_TOKEN"],
        "SINK": sink,
        "TOPIC": f"product-{name}",
        "ERROR_TOPIC": f"error-{name}",
        "GROUP_ID": f"group-{name}",
    }


@pytest.fixture
def programs(bin_folder, settings, tmp_path):
    programs = Programs(bin_folder, settings, tmp_path)
    yield programs
    programs.end_all()


@pytest.fixture
def pipe(settings, broker, database, programs, tmp_path):
    return Pipe(settings, broker, database, programs, tmp_path)
