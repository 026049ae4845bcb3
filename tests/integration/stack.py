"""The broker, PostgreSQL and Strapi that the tests run on: scripts/stack, called.

As a program it lets several test programs share one stack, for ctest:
    stack.py up DIR     starts an empty one; it goes away with the process that called (ctest), if
                        not before, so that an interrupted run leaves nothing behind
    stack.py down DIR
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "stack"
PARTS = ("kafka", "postgres", "strapi")


class Stack:
    """With a name: one more Strapi beside the stack in that folder."""

    def __init__(self, folder, name=None):
        self.folder = Path(folder) / "beside" / name if name else Path(folder)
        self.call = [SCRIPT, "--dir", folder, *(["--beside", name] if name else [])]

    def run(self, *command):
        done = subprocess.run(
            [*self.call, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, f"scripts/stack {' '.join(command)}: {done.stdout}"
        return done.stdout

    def up(self, *kind):
        self.run("up", *kind)

    @contextmanager
    def beside(self, name, *kind):
        """One more Strapi, of another kind (scripts/stack up), with a database of its own."""
        other = Stack(self.folder, name)
        try:
            other.up(*kind)
            yield other
        finally:
            other.down()

    def down(self):
        self.run("down", "--delete")

    def start(self, part):
        self.run("start", part)

    def stop(self, part):
        self.run("stop", part)

    @contextmanager
    def frozen(self, part):
        """Its server neither answers nor hangs up: connections are open, requests vanish in them."""
        pid = int(self.run("pid", part))
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    @property
    def env(self):
        lines = (self.folder / "env").read_text().splitlines()
        return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def start_time(pid):
    """None when the process has ended."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except FileNotFoundError:
        return None
    return None if state == "Z" else rest[18]


def follow(pid, stack):
    """In a process of its own: takes the stack down when pid has ended."""
    if os.fork() > 0:
        return
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.closerange(3, 256)
    started = start_time(pid)
    while started is not None and start_time(pid) == started and stack.folder.exists():
        time.sleep(1)
    if stack.folder.exists():
        stack.down()
    os._exit(0)


def main():
    verb, stack = sys.argv[1], Stack(Path(sys.argv[2]).resolve())
    if verb == "up":
        stack.folder.parent.mkdir(parents=True, exist_ok=True)
        # A signal in the middle must not leave half a stack.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        if stack.folder.exists():
            stack.down()
        follow(os.getppid(), stack)
        stack.up()
    else:
        stack.down()


if __name__ == "__main__":
    main()
