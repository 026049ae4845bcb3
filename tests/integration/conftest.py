"""What the tests of this folder are given. The fixtures have a module of their own because tests/faults
uses them, too."""

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
