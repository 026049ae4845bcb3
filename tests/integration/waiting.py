"""Waiting for a condition, with a deadline. Nothing here or in any test sleeps for its own sake."""

import time

POLL = 0.05
# Long enough for two slow cores; what never happens is found out this late and no later.
DEADLINE = 60


def wait_for(condition, what, deadline=DEADLINE):
    """Asks until the answer is true, and returns it. A failure says what was waited for and what
    was answered last."""
    end = time.monotonic() + deadline
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {deadline} s: {what} (last: {answer!r})"
        time.sleep(POLL)
