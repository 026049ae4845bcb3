"""Our programs as processes: output kept, always ended by pid."""

import json
import os
import signal
import subprocess
from pathlib import Path

from waiting import DEADLINE

OUTPUT_SHOWN = 4000
# At the end of a test: all accounted for, or interrupted.
LEAVES_WITH = (0, 75)


class Program:
    def __init__(self, command, env, folder, stdin=None):
        self.command = [str(word) for word in command]
        self.name = Path(self.command[0]).name
        number = len(list(folder.glob("*.out")))
        self.out = folder / f"{number}-{self.name}.out"
        self.err = folder / f"{number}-{self.name}.err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(
                self.command,
                env={"PATH": os.environ["PATH"], **env},
                stdin=stdin or subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
            )

    @property
    def is_running(self):
        return self.process.poll() is None

    @property
    def stdout(self):
        return self.out.read_bytes()

    @property
    def stderr(self):
        return self.err.read_text(errors="replace")

    def summary(self):
        """What --summary json printed last."""
        return json.loads(self.stdout.splitlines()[-1])

    def wait(self, deadline=DEADLINE):
        """Its exit code."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self} has not ended within {deadline} s") from None

    def ends_with(self, code, deadline=DEADLINE):
        ended = self.wait(deadline)
        assert ended == code, f"{self}: exit code {ended}, expected {code}"
        return self

    def signal(self, number):
        """Never by name: a pid that was waited for is not signalled."""
        if self.is_running:
            self.process.send_signal(number)

    def terminate(self):
        """Also one that a test has frozen."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait()

    def __str__(self):
        return f"{' '.join(self.command)}\n{self.stderr[-OUTPUT_SHOWN:]}\n"


class Programs:
    """Starts them in the settings of one test, and ends what is left."""

    def __init__(self, folder, settings, work):
        self.folder = folder
        self.settings = settings
        self.work = work
        self.started = []

    def start(self, name, *arguments, stdin=None, **settings):
        env = {**self.settings, **{key: str(value) for key, value in settings.items()}}
        program = Program([self.folder / name, *arguments], env, self.work, stdin)
        self.started.append(program)
        return program

    def last_words(self):
        """What each has logged last, for who reads why a test failed."""
        return "\n".join(map(str, self.started))

    def end_all(self):
        """SIGTERM is enough for each that still runs, whatever its test did to it; one that does not
        end of it, or ends badly, is a failure, and is killed."""
        left = [program for program in self.started if program.is_running]
        for program in left:
            program.terminate()
        failures = [failure for program in left for failure in self.end(program)]
        assert not failures, "\n".join(failures)

    def end(self, program):
        try:
            code = program.wait()
            return [] if code in LEAVES_WITH else [f"{program}: SIGTERM ended it with exit code {code}"]
        except AssertionError as failure:
            return [str(failure)]
        finally:
            program.kill()
