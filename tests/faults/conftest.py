"""The stack of tests/integration, shared by cases that run side by side (pytest -n), and for each case
names, keys, random choices and a folder of its own.

FAULT_SEED, FAULT_ROUNDS  chance.py
FEEDS_BIN, FEEDS_TEST_STACK  as in tests/integration/fixtures.py
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
pytest.register_assert_rewrite("account", "flow", "waiting", "programs")

import chance as chances  # noqa: E402
from database import Database  # noqa: E402
from fixtures import bin_folder, broker, interruptible, session_stack, target_env  # noqa: E402, F401
from flow import Flow  # noqa: E402
from programs import Programs  # noqa: E402
from stack import Stack  # noqa: E402
from turns import Turn  # noqa: E402

SINKS = ("rest", "ingest")
# The plugin takes in a moment what REST takes seconds for: more to interrupt.
INGEST_LOAD = 4
SHARED = "FEEDS_TEST_STACK"


def is_worker(config):
    return hasattr(config, "workerinput")


def pytest_configure(config):
    chances.settle_seed()
    config.own_stack = None
    if is_worker(config) or config.option.collectonly or os.environ.get(SHARED) or not config.getoption("-n", None):
        return
    # The workers share one stack.
    config.own_stack = Path(tempfile.mkdtemp(prefix="strapi-feeds-faults."))
    config.own_stack.chmod(0o755)
    os.environ[SHARED] = str(config.own_stack / "stack")


def pytest_unconfigure(config):
    if getattr(config, "own_stack", None):
        Stack(config.own_stack / "stack").down()
        shutil.rmtree(config.own_stack, ignore_errors=True)


def pytest_report_header():
    return f"{chances.SEED}={chances.seed()} {chances.ROUNDS}={chances.rounds()}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "case" in item.funcargs:
        report.sections.append(("programs", item.funcargs["case"].programs.last_words()))


def pytest_terminal_summary(terminalreporter):
    """With each case its seed, and what it counted."""
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call" or outcome == "skipped":
                told = " ".join(f"{name}={value}" for name, value in report.user_properties)
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {outcome} {told}")


class Case:
    """What one test has: flows, and what they need."""

    def __init__(self, request, sink, env, broker, database, programs, folder):
        self.request = request
        self.sink = sink
        self.env = env
        self.broker = broker
        self.database = database
        self.programs = programs
        self.folder = folder
        self.chance = chances.Chance(request.node.name)
        self.flows = []
        self.tell("seed", chances.seed())

    def tell(self, name, value):
        """Is printed with the case's result."""
        self.request.node.user_properties.append((name, str(value)))

    def load(self, count):
        """So many messages by REST, and what keeps the plugin busy as long."""
        return count if self.sink == "rest" else count * INGEST_LOAD

    def flow(self, entity, **settings):
        flow = Flow(self, entity, **settings)
        self.flows.append(flow)
        return flow

    def close(self):
        for flow in self.flows:
            flow.close()


@pytest.fixture(params=SINKS)
def sink(request):
    return request.param


@pytest.fixture
def turn(session_stack):
    turn = Turn(session_stack)
    turn.come_in()
    yield turn
    turn.leave()


@pytest.fixture
def case(request, turn, sink, target_env, broker, bin_folder, tmp_path):
    database = Database(target_env)
    settings = {name: target_env[name] for name in ("BROKERS", "STRAPI_URL", "STRAPI_TOKEN")}
    programs = Programs(bin_folder, settings, tmp_path)
    case = Case(request, sink, target_env, broker, database, programs, tmp_path)
    try:
        yield case
    finally:
        try:
            programs.end_all()
        finally:
            case.close()
            database.close()
