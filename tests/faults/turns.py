"""Cases run side by side. One that breaks what all of them share (Strapi, PostgreSQL, the broker, the
token) does it while no other is at work, and may let the others in as soon as all of it runs again: what
is promised holds for them in any case, but a case shall fail for its own reason."""

import fcntl
from contextlib import ExitStack, contextmanager


@contextmanager
def locked(path, kind):
    with open(path, "a", encoding="utf-8") as file:
        fcntl.flock(file, kind)
        yield


class Turn:
    """Whoever wants to be alone waits in the door: nobody else comes in meanwhile."""

    def __init__(self, folder, alone):
        self.door = folder / "faults.door"
        self.room = folder / "faults.room"
        self.kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        self.held = ExitStack()

    def begin(self):
        with locked(self.door, fcntl.LOCK_EX):
            self.held.enter_context(locked(self.room, self.kind))

    def over(self):
        """What is broken is whole again. May be said twice."""
        self.held.close()
