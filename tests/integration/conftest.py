"""What the tests of this folder are given. The fixtures have a module of their own because tests/faults
uses them, too."""

import pytest

from fixtures import (  # noqa: F401
    bin_folder,
    broker,
    database,
    interruptible,
    pipe,
    programs,
    session_stack,
    settings,
    sink,
    stack,
    target_env,
)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and "programs" in item.funcargs:
        report.sections.append(("programs", item.funcargs["programs"].last_words()))
