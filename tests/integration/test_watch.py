"""A folder that is watched: every file that is dropped in is ingested once, whatever happens meanwhile."""

import csv
import json
import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from pipe import catalogue, product
from waiting import wait_for

# Short, so that what the kernel does not tell is found soon; and a dead run's feed is soon gone on with.
QUICK = {"WATCH_STILL": "200ms", "WATCH_EVERY": "200ms", "TAKEOVER_AFTER": "500ms"}


@pytest.fixture
def seed():
    """Printed when the test fails."""
    seed = time.time_ns()
    print("seed", seed)
    return random.Random(seed)


@pytest.fixture
def folder(settings, tmp_path):
    settings["FEED_PROGRESS_TOPIC"] = settings["TOPIC"].replace("product", "progress")
    settings.update(QUICK)
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder


def start(pipe, folder, *arguments, **settings):
    return pipe.programs.start("product-producer", "--watch", folder, *arguments, **settings)


def work_off(pipe, folder, *arguments, code=0, **settings):
    return start(pipe, folder, "--until-idle", *arguments, **settings).ends_with(code, 120)


def drop(pipe, folder, rows, name, header=None):
    """As it should be done: written under a hidden name, and renamed."""
    path = pipe.write_feed(rows, f".{name}", **({"header": header} if header else {}))
    return path.rename(folder / name)


def names(folder, ending=""):
    if not folder.exists():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_file() and path.name.endswith(ending))


def report_of(folder, name):
    (path,) = folder.glob(f"{name}.*.report.json")
    return json.loads(path.read_text())


def barcodes(pipe):
    return sorted(message["barcode"] for message in pipe.sent())


def of(*catalogues):
    return sorted(item["barcode"] for rows in catalogues for item in rows)


def is_empty(folder):
    return names(folder) == []


# What becomes of a file


def test_dropped_and_done(pipe, folder):
    watcher = start(pipe, folder)
    drop(pipe, folder, catalogue(5) + [product(999, status="Safe")], "a.csv")
    wait_for(lambda: names(folder / "done", "a.csv"), "a.csv in done")
    assert is_empty(folder) and barcodes(pipe) == of(catalogue(5))
    report = report_of(folder / "done", "a.csv")
    assert (report["outcome"], report["rows"], report["sent"], report["rejected"]) == ("done", 6, 5, 1)
    assert report["codes"] == {"bad_choice": 1} and "Safe" in report["examples"]["bad_choice"]
    (record,) = pipe.errors()
    assert record["feed_id"] == report["feed_id"] and report["topic"] == pipe.topic
    # Corrected and dropped in again, as a file of its own.
    refused = folder / "done" / report["rejected_file"]
    with open(refused, newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["row"] == "6" and "status" in row["error"] and row["barcode"] == product(999)["barcode"]
    refused.write_text(refused.read_text().replace("Safe", "safe", 2).replace("safe (", "Safe ("))
    refused.rename(folder / refused.name)
    wait_for(lambda: names(folder / "done", ".rejected.csv"), "the corrected rows in done")
    assert barcodes(pipe) == of(catalogue(5), [product(999)])
    watcher.terminate()
    watcher.ends_with(75)


def test_written_in_place_by_whoever_takes_his_time(pipe, folder):
    """Not renamed: it is complete when it is closed, whatever pauses there were."""
    start(pipe, folder)
    content = pipe.write_feed(catalogue(20), "slow.csv").read_bytes()
    other = catalogue(3, first=100)
    with open(folder / "slow.csv", "wb", buffering=0) as file:
        for i, at in enumerate(range(0, len(content), 200)):
            file.write(content[at : at + 200])
            if i == 2:
                drop(pipe, folder, other, "other.csv")
                wait_for(lambda: names(folder / "done", "other.csv"), "the other file")
    wait_for(lambda: names(folder / "done", "slow.csv"), "the slow file")
    assert report_of(folder / "done", "slow.csv")["rows"] == 20 and pipe.errors() == []


def test_each_ends_where_it_belongs(pipe, folder):
    drop(pipe, folder, catalogue(5), "a.csv")
    drop(pipe, folder, catalogue(5), "copy.csv")
    pipe.write_bytes(b"what,is,this\n1,2,3\n", "incoming/unknown.csv")
    pipe.write_bytes(b"", "incoming/empty.csv")
    pipe.write_bytes(b"half a f", "incoming/upload.csv.part")
    work_off(pipe, folder, code=65)
    assert names(folder) == ["upload.csv.part"]
    done, twice = sorted(names(folder / "done", ".csv") + names(folder / "duplicate", ".csv"))
    assert (done, twice) == ("a.csv", "copy.csv")
    assert names(folder / "failed", ".csv") == ["empty.csv", "unknown.csv"]
    (duplicate,) = (folder / "duplicate").glob("*.report.json")
    duplicate = json.loads(duplicate.read_text())
    assert duplicate["outcome"] == "duplicate"
    assert {duplicate["file"], duplicate["first"]["file"]} == {"a.csv", "copy.csv"}
    assert duplicate["first"]["sent"] == 5 and duplicate["first"]["feed_id"] == duplicate["feed_id"]
    assert "unusable" in report_of(folder / "failed", "unknown.csv")["why"]
    assert barcodes(pipe) == of(catalogue(5))
    # Put back, after a setting was corrected, say: it is taken once more.
    (folder / "failed" / "unknown.csv").rename(folder / "unknown.csv")
    work_off(pipe, folder, "--map", "name=what,stock_available=is,barcode=this")
    assert names(folder / "done", "unknown.csv") == ["unknown.csv"] and len(pipe.sent()) == 6


def test_the_same_name_every_day(pipe, folder):
    for day in range(3):
        drop(pipe, folder, catalogue(2, first=10 * day), "daily.csv")
        work_off(pipe, folder)
    done = [name for name in names(folder / "done") if not name.endswith(".json")]
    assert len(done) == 3 and "daily.csv" in done
    assert len(names(folder / "done", ".report.json")) == 3
    assert barcodes(pipe) == of(*(catalogue(2, first=10 * day) for day in range(3)))


@pytest.mark.parametrize("name", [b"-", b"--help", b"a b.csv", b"new\nline.csv", b"\xff\xfe.csv", b"x" * 251 + b".csv"])
def test_names_of_every_kind(pipe, folder, name):
    source = pipe.write_feed(catalogue(2) + [product(3, status="?")])
    source.rename(Path(bytes(folder).decode() + "/").joinpath(Path(name.decode(errors="surrogateescape"))))
    work_off(pipe, folder)
    assert is_empty(folder) and barcodes(pipe) == of(catalogue(2))
    done = names(folder / "done")
    assert len(done) == 3 and name.decode(errors="surrogateescape") in done


def test_others_are_left_alone(pipe, folder):
    target = pipe.write_feed(catalogue(2), "target.csv")
    (folder / "link.csv").symlink_to(target)
    (folder / "sub").mkdir()
    shutil.copy(target, folder / "sub" / "inner.csv")
    for name in (".hidden.csv", "a.csv.part", "b.TMP", "c.filepart", "d.csv~"):
        shutil.copy(target, folder / name)
    watcher = work_off(pipe, folder)
    assert "link.csv" in watcher.stderr and pipe.sent() == []
    assert (folder / "link.csv").is_symlink() and (folder / "sub" / "inner.csv").exists()
    assert len(names(folder)) == 6


def test_strict_is_65(pipe, folder):
    drop(pipe, folder, [product(1), product(2, status="?")], "a.csv")
    work_off(pipe, folder, "--strict", code=65)
    assert names(folder / "done", "a.csv")


def test_oldest_first(pipe, folder):
    """One partition: the order of the messages is that of the files."""
    pipe.broker.create_topic(pipe.topic, 1)
    for day in (3, 1, 2):
        drop(pipe, folder, catalogue(2, first=10 * day), f"{9 - day}.csv")
        os.utime(folder / f"{9 - day}.csv", (day, day))
    work_off(pipe, folder)
    sent = [json.loads(message.value)["barcode"] for message in pipe.broker.read(pipe.topic)]
    assert sent == [item["barcode"] for day in (1, 2, 3) for item in catalogue(2, first=10 * day)]


def test_too_large_for_kafka(pipe, folder):
    """What the broker refuses for its size is in the file of refused rows; where an earlier run has sent
    the feed, it is counted, and in the error topic."""
    pipe.broker.create_topic(pipe.topic, 1, max_message_bytes=1000)
    large = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=5000))
    rows = [product(1), product(2, description=large), product(3, status="?")]
    drop(pipe, folder, rows, "a.csv")
    work_off(pipe, folder)
    first = report_of(folder / "done", "a.csv")
    assert (first["rows"], first["sent"], first["rejected"]) == (3, 1, 2)
    assert first["codes"] == {"too_large": 1, "bad_choice": 1} and "left_out" not in first
    assert large in (folder / "done" / first["rejected_file"]).read_text()
    # As if the process had died right behind its last commit.
    (folder / "done" / "a.csv").rename(folder / "a.csv")
    for path in (folder / "done").iterdir():
        path.unlink()
    work_off(pipe, folder)
    again = report_of(folder / "done", "a.csv")
    assert again["run"]["sent_before"] and len(pipe.sent()) == 1
    assert (again["rows"], again["sent"], again["rejected"]) == (3, 1, 2)
    assert again["codes"] == first["codes"] and again["left_out"] == 1


# Where files stay


def test_reports_elsewhere(pipe, folder, tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    elsewhere = ("--report-dir", reports)
    drop(pipe, folder, catalogue(5) + [product(999, status="Safe")], "a.csv")
    pipe.write_bytes(b"what,is,this\n1,2,3\n", "incoming/unknown.csv")
    work_off(pipe, folder, *elsewhere, code=65)
    assert names(folder) == ["a.csv", "unknown.csv"]
    first = names(reports)
    assert len(first) == 3 and report_of(reports, "a.csv")["sent"] == 5
    errors = len(pipe.errors())
    # Neither is taken again, not even the one that the topic knows nothing of.
    work_off(pipe, folder, *elsewhere)
    assert names(reports) == first and len(pipe.sent()) == 5 and len(pipe.errors()) == errors
    # The reports are lost: the topic remembers.
    for path in reports.iterdir():
        path.unlink()
    work_off(pipe, folder, *elsewhere, code=65)
    assert len(pipe.sent()) == 5 and report_of(reports, "a.csv")["rejected"] == 1
    drop(pipe, folder, catalogue(5, first=50), "b.csv")
    work_off(pipe, folder, *elsewhere)
    assert names(folder) == ["a.csv", "b.csv", "unknown.csv"] and len(pipe.sent()) == 10


def test_wrong_settings(pipe, folder, tmp_path):
    feed = drop(pipe, folder, catalogue(1), "a.csv")
    assert "cannot be watched" in work_off(pipe, tmp_path / "none", code=66).stderr
    assert "cannot be watched" in work_off(pipe, feed, code=66).stderr
    assert "REPORT_DIR" in work_off(pipe, folder, REPORT_DIR=folder, code=78).stderr
    assert "REPORT_DIR" in work_off(pipe, folder, REPORT_DIR=feed, code=78).stderr
    for wrong in ((feed,), ("--force",), ("--dry-run",), ("--rejected", tmp_path / "r.csv")):
        work_off(pipe, folder, *wrong, code=64)
    pipe.programs.start("product-producer", "--until-idle").ends_with(64)
    work_off(pipe, folder, FEED_PROGRESS_TOPIC=pipe.topic, code=78)
    # Wrong, as the broker sees it: said by the first file's process.
    pipe.broker.create_topic("fp-" + pipe.topic, 3)
    watcher = start(pipe, folder, FEED_PROGRESS_TOPIC="fp-" + pipe.topic)
    watcher.ends_with(78)
    assert names(folder) == ["a.csv"] and pipe.broker.partitions(pipe.topic) in ([], [0, 1, 2])


def test_kafka_out_of_reach(pipe, folder):
    drop(pipe, folder, catalogue(2), "a.csv")
    drop(pipe, folder, catalogue(2, first=5), "b.csv")
    work_off(pipe, folder, BROKERS="127.0.0.1:1", GIVE_UP_AFTER="1s", code=69)
    assert names(folder) == ["a.csv", "b.csv"] and is_empty(folder / "done")
    watcher = start(pipe, folder, BROKERS="127.0.0.1:1")
    wait_for(lambda: "event=kafka" in watcher.stderr or "waiting" in watcher.stderr, "a watcher that waits")
    watcher.terminate()
    watcher.ends_with(75)
    work_off(pipe, folder)
    assert is_empty(folder) and barcodes(pipe) == of(catalogue(2), catalogue(2, first=5))


# Crashes


def children(program):
    pid = program.process.pid
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def kill_child(program, choose):
    """One of its processes, which we have started through it."""
    found = children(program)
    if found:
        try:
            os.kill(choose.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            pass


def check_all_once(pipe, folder, feeds):
    """Every file is done, with a report that is right; every row was sent once."""
    assert is_empty(folder)
    assert names(folder / "done", ".csv.feed") == sorted(feeds)
    for name, rows in feeds.items():
        report = report_of(folder / "done", name)
        assert (report["rows"], report["sent"], report["rejected"]) == (len(rows) + 1, len(rows), 1)
    assert barcodes(pipe) == of(*feeds.values())
    assert len({record["id"] for record in pipe.errors()}) == len(feeds)
    for state in ("failed", "duplicate"):
        assert is_empty(folder / state)
    wait_for(lambda: not [name for name in names(folder / "done") if name.startswith(".")], "tidiness")


def drop_many(pipe, folder, count, rows):
    feeds = {}
    for i in range(count):
        feeds[f"{i}.csv.feed"] = catalogue(rows, first=rows * i)
        drop(pipe, folder, feeds[f"{i}.csv.feed"] + [product(10**8 + i, status="?")], f"{i}.csv.feed")
    return feeds


def test_killed_at_random(pipe, folder, seed):
    feeds = drop_many(pipe, folder, 12, 300)
    settings = {"WATCH_PARALLEL": 3, "TRANSACTION_ROWS": 40}
    watcher = start(pipe, folder, **settings)
    for _ in range(25):
        if is_empty(folder):
            break
        end = time.monotonic() + seed.uniform(0, 0.6)
        wait_for(lambda: time.monotonic() > end or is_empty(folder), "the next blow")
        if seed.random() < 0.5:
            kill_child(watcher, seed)
        else:
            watcher.kill()
            watcher = start(pipe, folder, **settings)
    wait_for(lambda: is_empty(folder), "all files", 120)
    check_all_once(pipe, folder, feeds)


def test_killed_between_its_last_words(pipe, folder):
    """Whatever is there already of report, refused rows and move: the next one brings it to the same end."""
    feeds = drop_many(pipe, folder, 1, 5)
    work_off(pipe, folder)
    check_all_once(pipe, folder, feeds)
    (name,) = feeds
    done, outputs = folder / "done", names(folder / "done")
    for kept in (outputs, [name, *(o for o in outputs if "rejected" in o)], [name]):
        for output in set(names(done)) - set(kept):
            (done / output).unlink()
        (done / name).rename(folder / name)
        work_off(pipe, folder)
        check_all_once(pipe, folder, feeds)
        assert names(done) == outputs
    # Between the two halves of a move, where there is no rename: it has both names.
    (folder / name).hardlink_to(done / name)
    work_off(pipe, folder)
    check_all_once(pipe, folder, feeds)


def test_stopped_and_started(pipe, folder):
    """SIGTERM in the middle of a feed: it stays, and is gone on with."""
    feed = catalogue(20000)
    drop(pipe, folder, feed, "a.csv")
    slowly = {"RDKAFKA_BATCH_NUM_MESSAGES": 1, "RDKAFKA_QUEUE_BUFFERING_MAX_MESSAGES": 10}
    watcher = start(pipe, folder, **slowly)
    wait_for(lambda: sum(pipe.broker.ends(pipe.topic).values()) > 10, "the first rows")
    watcher.terminate()
    watcher.ends_with(75)
    assert names(folder) == ["a.csv"] and is_empty(folder / "done")
    work_off(pipe, folder)
    assert barcodes(pipe) == of(feed)
    report = report_of(folder / "done", "a.csv")
    assert (report["rows"], report["sent"]) == (20000, 20000)


def test_changed_while_it_is_read(pipe, folder):
    feed = pipe.write_feed(catalogue(20000))
    shutil.copy(feed, folder / "a.csv")
    slowly = {"RDKAFKA_BATCH_NUM_MESSAGES": 1, "RDKAFKA_QUEUE_BUFFERING_MAX_MESSAGES": 10}
    watcher = start(pipe, folder, **slowly)
    wait_for(lambda: sum(pipe.broker.ends(pipe.topic).values()) > 10, "the first rows")
    with open(folder / "a.csv", "a", encoding="utf-8") as file:
        file.write("More,,1,7777777,safe\n")
    wait_for(lambda: names(folder / "failed", "a.csv"), "a.csv in failed")
    wait_for(lambda: is_empty(folder), "an empty folder")
    watcher.terminate()
    watcher.ends_with(75)
    report = report_of(folder / "failed", "a.csv")
    assert report["changed"] and "changed" in report["why"] and report["sent"] == len(pipe.sent()) < 20000
    assert "7777777" not in barcodes(pipe)


def test_health(pipe, folder, tmp_path):
    health = {"HEALTH_FILE": f"{tmp_path}/"}
    pipe.programs.start("product-producer", "--healthcheck", **health).ends_with(1)
    watcher = start(pipe, folder, **health)
    wait_for(lambda: (tmp_path / "product-producer").exists(), "the health file")
    pipe.programs.start("product-producer", "--healthcheck", **health).ends_with(0)
    watcher.terminate()
    watcher.ends_with(75)
    assert not (tmp_path / "product-producer").exists()
    pipe.programs.start("product-producer", "--healthcheck").ends_with(1)
