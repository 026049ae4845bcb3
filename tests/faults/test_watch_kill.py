"""A producer that watches a folder is killed again and again: each file is in done/ once, with a report whose account
is right, and each row is there once."""

import json

import pytest

from chance import rounds
from waiting import wait_for

ROWS = 600
NAMES = ("a.csv", "b.csv.gz", "c.json", "d.ndjson")
# Small transactions: a report is of many runs.
SETTINGS = {
    "WATCH_PARALLEL": "2",
    "WATCH_STILL": "0s",
    "WATCH_EVERY": "100ms",
    "TAKEOVER_AFTER": "100ms",
    "TRANSACTION_ROWS": "20",
}


@pytest.fixture
def sink():
    """No consumer takes part."""
    return "rest"


class Watched:
    def __init__(self, case):
        self.flow = case.flow("event")
        self.folder = case.folder / "incoming"
        self.folder.mkdir()
        self.done = self.folder / "done"
        self.rows = {}
        for name in NAMES:
            path, records = self.flow.write_feed(ROWS, name)
            self.rows[path.name] = records
            path.rename(self.folder / path.name)

    def start(self, *arguments):
        return self.flow.start_producer("--watch", self.folder, *arguments, **SETTINGS)

    def left(self):
        return [path for path in self.folder.iterdir() if path.is_file()]

    def sent(self):
        return sum(self.flow.ends().values())

    def kill_sometime(self, case):
        """At its start, after some rows, or when a file is done."""
        rows, left = self.sent() + case.chance.randrange(len(NAMES) * ROWS // rounds()), len(self.left())
        watcher = self.start()
        wait_for(lambda: self.sent() >= rows or len(self.left()) < left or not left, "some rows, or a file")
        watcher.kill()

    def check(self):
        assert self.left() == []
        files = {path.name for path in self.done.iterdir() if path.name in self.rows}
        assert files == self.rows.keys()
        for name, rows in self.rows.items():
            account = self.flow.account_of_rows(rows, name)
            account.check()
            assert account.records_again == 0
            self.check_report(name, rows)

    def check_report(self, name, rows):
        (report,) = [json.loads(path.read_text()) for path in self.done.glob(f"{name}.*.report.json")]
        bad = [row.code for row in rows if row.code]
        assert (report["rows"], report["rejected"]) == (len(rows), len(bad))
        assert report["sent"] == len(rows) - len(bad) and report["outcome"] == "done"
        assert report["codes"] == {code: bad.count(code) for code in bad}
        if bad:
            assert (self.done / report["rejected_file"]).is_file()


def test_killed_until_all_is_done(case):
    watched = Watched(case)
    for _ in range(rounds()):
        watched.kill_sometime(case)
    watched.start("--until-idle").ends_with(0)
    watched.check()
