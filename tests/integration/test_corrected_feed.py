"""A file of movements that was sent, and is sent again as a whole, corrected: most of it would be applied twice. It
is recognised before its first row."""

import pytest

from waiting import wait_for

COUNT = 1200
# What is wrong in the first delivery: every hundredth row.
BAD = 100
SENT = COUNT - COUNT // BAD
HEADER = ("barcode", "amount", "type")


@pytest.fixture
def settings(settings):
    name = settings["TOPIC"].replace("product", "stock")
    return {**settings, "TOPIC": name, "FEED_PROGRESS_TOPIC": f"progress-{name}"}


def movements(is_corrected):
    return [[f"{n:010}", n if is_corrected or n % BAD else "", "IN"] for n in range(1, COUNT + 1)]


def produce(pipe, feed, *arguments, code=0, **settings):
    program = pipe.programs.start("stock-producer", "--summary", "json", feed, *arguments, **settings)
    return program.ends_with(code).summary()


@pytest.fixture
def delivery(pipe):
    """Sent; a dozen of its rows were refused."""
    feed = pipe.write_feed(movements(False), "stock.csv", HEADER)
    summary = produce(pipe, feed, "--rejected", pipe.folder / "refused.csv", IDENTITY="name")
    assert (summary["sent"], summary["rejected"]) == (SENT, COUNT // BAD)
    # Kafka shows what is committed a moment later.
    wait_for(lambda: len(pipe.sent()) == SENT, "the delivery")
    return feed


def corrected(pipe, name):
    return pipe.write_feed(movements(True), name, HEADER)


def check_refused(pipe, feed, **settings):
    summary = produce(pipe, feed, code=65, **settings)
    assert summary["alike"] is True and "stock.csv" in summary["ended"] and "of its first 1000 rows" in summary["ended"]
    assert summary["rows"] == summary["sent"] == 0
    assert len(pipe.sent()) == SENT


def test_whatever_its_name(pipe, delivery):
    check_refused(pipe, corrected(pipe, "corrected.csv"))
    assert len(pipe.errors()) == COUNT // BAD


def test_forced(pipe, delivery):
    assert produce(pipe, corrected(pipe, "corrected.csv"), "--force")["sent"] == COUNT


def test_its_refused_rows_pass(pipe, delivery):
    refused = pipe.folder / "refused.csv"
    lines = refused.read_text().splitlines(keepends=True)
    refused.write_text(lines[0] + "".join(line.replace(",,", ",1,") for line in lines[1:]))
    assert produce(pipe, refused)["sent"] == COUNT // BAD


def test_other_rows_pass(pipe, delivery):
    """The articles of another season."""
    feed = pipe.write_feed([[f"9{n:09}", 1, "IN"] for n in range(COUNT)], "next.csv", HEADER)
    assert produce(pipe, feed)["sent"] == COUNT


def test_where_the_name_counts(pipe, delivery):
    """IDENTITY=name: Tuesday's file may be much like Monday's. Under Monday's name it is Monday's, changed."""
    check_refused(pipe, corrected(pipe, "stock.csv"), IDENTITY="name")
    assert produce(pipe, corrected(pipe, "tuesday.csv"), IDENTITY="name")["sent"] == COUNT
