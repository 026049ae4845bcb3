"""Cases run side by side. One that breaks what all of them share (Strapi, PostgreSQL, the broker) does it while
no other is at work. What is promised holds for the others in any case, but a case shall fail for its own
reason. While it waits for what comes of it, others are at work again, and may break the same once more."""

import fcntl
from contextlib import ExitStack, contextmanager


@contextmanager
def locked(path, kind):
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, kind)
        yield


class Turn:
    """Whoever wants to be alone waits in the door: nobody else comes in meanwhile."""

    def __init__(self, stack):
        self.stack = stack
        self.door = stack.folder / "faults.door"
        self.room = stack.folder / "faults.room"
        self.held = ExitStack()

    def come_in(self, kind=fcntl.LOCK_SH):
        with locked(self.door, fcntl.LOCK_EX):
            self.held.enter_context(locked(self.room, kind))

    def leave(self):
        self.held.close()

    @contextmanager
    def alone(self):
        """Then the others come in, and all of the stack runs again. Its own flows may be under way before."""
        self.leave()
        self.come_in(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self.stack.up()
            self.leave()
