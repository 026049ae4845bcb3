"""Feeds that are broken: what is wrong is refused with its place and reason, and nothing else."""

import csv

import pytest

from database import FIELDS
from pipe import by_barcode, product
from stack import ROOT

HEADER = ",".join(FIELDS) + "\n"
BEYOND = "b" * (1024 * 1024)


def refusals(pipe):
    return sorted((record["row"], record["line"], record["code"]) for record in pipe.errors())


def check_unusable(pipe, feed, code):
    """Exit 65, nothing is sent, and the one record is about the feed."""
    summary = pipe.produce(feed, code=65)
    assert (summary["rows"], summary["sent"], summary["rejected"]) == (0, 0, 0)
    assert pipe.sent() == []
    (record,) = pipe.errors()
    assert record["code"] == code and record["feed"] == feed.name and "row" not in record


def forty_lines():
    """Line 10 opens a quote that nothing closes, line 20 has quotes inside a bare cell; rows 3, 14
    and 25 have newlines in quotes."""
    lines, good = [HEADER.strip()], []
    while len(lines) < 40:
        number = len(lines) + 1
        if number == 10:
            lines.append(f'Ten,"never closed,{number},broken-{number},safe')
        elif number == 20:
            lines.append(f'"Best" salad,no,{number},broken-{number},safe')
        elif number in (4, 15, 28):
            item = product(number, description=f'two\nlines and a "quote", {number}')
            quoted = item["description"].replace('"', '""')
            row = f'{item["name"]},"{quoted}",{number},{item["barcode"]},{item["status"]}'
            lines += row.split("\n")
            good.append(item)
        else:
            good.append(product(number))
            lines.append(",".join(str(good[-1][field]) for field in FIELDS))
    return lines, good


def test_two_broken_quotes_cost_two_lines(pipe):
    lines, good = forty_lines()
    assert len(lines) == 40
    pipe.produce(pipe.write_bytes("\n".join(lines).encode() + b"\n"))
    pipe.consume()
    assert [(line, code) for _, line, code in refusals(pipe)] == [(10, "unclosed_quote"), (20, "stray_quote")]
    assert sorted(record["message"] for record in pipe.errors()) == sorted([lines[9], lines[19]])
    assert pipe.database.products() == by_barcode(good)


# A row's bytes, the code, the field, the value as the record quotes it.
BAD_ROWS = {
    "nul": (b"a\0b,d,1,2,safe", "nul_byte", "name", None),
    "latin_1": (b"Gr\xfcn,d,1,2,safe", "bad_encoding", "name", None),
    "surrogate": (b"\xed\xa0\x80,d,1,2,safe", "bad_encoding", "name", None),
    "over_a_mebibyte": (f"n,{BEYOND},1,2,safe".encode(), "row_too_long", None, None),
    "letter": (b"n,d,12x,2,safe", "invalid_field", "stock_available", "12x"),
    "exponent": (b"n,d,1e3,2,safe", "invalid_field", "stock_available", "1e3"),
    "fraction": (b"n,d,1.0,2,safe", "invalid_field", "stock_available", "1.0"),
    "plus": (b"n,d,+1,2,safe", "invalid_field", "stock_available", "+1"),
    "blank_in_front": (b"n,d, 7,2,safe", "invalid_field", "stock_available", " 7"),
    "negative": (b"n,d,-1,2,safe", "out_of_range", "stock_available", "-1"),
    "beyond_32_bits": (b"n,d,2147483648,2,safe", "out_of_range", "stock_available", "2147483648"),
    "beyond_64_bits": (b"n,d,99999999999999999999,2,safe", "out_of_range", "stock_available", "9" * 20),
    "capital": (b"n,d,1,2,Safe", "bad_choice", "status", "Safe"),
    "no_choice": (b"n,d,1,2,sold", "bad_choice", "status", "sold"),
    "256_characters": (b"n" * 256 + b",d,1,2,safe", "too_long", "name", None),
    "128_emoji": ("\U0001f600".encode() * 128 + b",d,1,2,safe", "too_long", "name", None),
    "long_barcode": (b"n,d,1," + b"2" * 256 + b",safe", "too_long", "barcode", None),
    "no_name": (b",d,1,2,safe", "missing_field", "name", None),
    "no_barcode": (b"n,d,1,,safe", "missing_field", "barcode", None),
    "blank_barcode": (b"n,d,1,  ,safe", "missing_field", "barcode", "  "),
    "one_column": (b"n", "column_count", None, "n"),
    "too_many": (b"n,d,1,2,safe,more", "column_count", None, "n,d,1,2,safe,more"),
    "stray_quote": (b'5" nails,d,1,2,safe', "stray_quote", "name", None),
}


def test_bad_rows_between_good_ones(pipe):
    good = [product(number) for number in range(len(BAD_ROWS) + 1)]
    rows = [",".join(str(item[field]) for field in FIELDS).encode() for item in good]
    lines = [HEADER.strip().encode(), rows[0]]
    for (bad, *_), row in zip(BAD_ROWS.values(), rows[1:]):
        lines += [bad, row]
    summary = pipe.produce(pipe.write_bytes(b"\n".join(lines) + b"\n"))
    assert summary["rejected"] == len(BAD_ROWS)
    pipe.consume()
    assert pipe.database.products() == by_barcode(good)
    records = sorted(pipe.errors(), key=lambda record: record["row"])
    for number, (record, (name, expected)) in enumerate(zip(records, BAD_ROWS.items())):
        _, code, field, value = expected
        assert (name, record["code"], record.get("field")) == (name, code, field)
        assert (record["row"], record["line"]) == (2 * number + 2, 2 * number + 3), name
        if value is not None:
            assert record["value"] == value, name
    assert len(records) == len(BAD_ROWS)


def test_largest_and_smallest(pipe):
    good = [product(1, stock_available=0), product(2, stock_available=2147483647), product(3, name="n" * 255)]
    pipe.produce(pipe.write_feed(good))
    pipe.consume()
    pipe.check_delivered(good)


UNUSABLE = {
    "no_barcode": (b"name,description,stock_available,status\nn,d,1,safe\n", "bad_header"),
    "no_name": (b"description,stock_available,barcode,status\nd,1,2,safe\n", "bad_header"),
    "twice": (b"name,barcode,name\nn,1,n\n", "bad_header"),
    "no_header": (b"n,d,1,2,safe\nm,d,1,3,safe\n", "bad_header"),
    "empty": (b"", "unreadable_feed"),
    "newlines": (b"\n\n\r\n", "unreadable_feed"),
    "binary": (bytes(range(256)) * 16, "not_text"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(range(200)) * 8, "unreadable_feed"),
    "array": (b"[]]", "unreadable_feed"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_feeds(pipe, name):
    content, code = UNUSABLE[name]
    check_unusable(pipe, pipe.write_bytes(content), code)


def test_missing_file(pipe):
    pipe.produce(pipe.folder / "not-there.csv", code=66)
    assert pipe.sent() == [] and pipe.errors() == []


def test_a_folder_is_no_feed(pipe):
    pipe.produce(pipe.folder, code=65)
    assert pipe.sent() == []


def test_the_worst_of_several(pipe):
    good = pipe.write_feed([product(1)], "good.csv")
    pipe.produce(good, pipe.folder / "not-there.csv", pipe.write_bytes(b"", "empty.csv"), code=66)
    assert [item["barcode"] for item in pipe.sent()] == [product(1)["barcode"]]


def test_strict(pipe):
    feed = pipe.write_feed([product(1), product(2, stock_available="12x")])
    pipe.produce(feed, "--strict", code=65)
    assert len(pipe.sent()) == 1 and len(pipe.errors()) == 1


def test_dry_run_sends_nothing(pipe):
    feed = pipe.write_feed([product(1), product(2, stock_available="12x")])
    summary = pipe.produce(feed, "--dry-run", BROKERS="127.0.0.1:1")
    assert (summary["rows"], summary["sent"], summary["rejected"], summary["dry_run"]) == (2, 1, 1, True)
    assert pipe.broker.partitions(pipe.topic) == [] and pipe.broker.partitions(pipe.error_topic) == []


def test_rejected_file_corrected_and_fed_again(pipe):
    good = [product(1), product(4)]
    bad = [product(2, stock_available="12x"), product(3, name='with "quotes",\nand a newline', status="Safe")]
    rejected = pipe.folder / "rejected.csv"
    pipe.produce(pipe.write_feed([good[0], bad[0], bad[1], good[1]]), "--rejected", rejected)
    assert len(pipe.sent()) == 2
    corrected = correct(rejected, {"12x": "12", "Safe": "safe"})
    left = pipe.folder / "left.csv"
    summary = pipe.produce(corrected, "--rejected", left)
    assert (summary["rows"], summary["sent"], summary["rejected"]) == (2, 2, 0)
    assert not left.exists()
    pipe.consume()
    mended = [{**bad[0], "stock_available": 12}, {**bad[1], "status": "safe"}]
    assert pipe.database.products() == by_barcode(good + mended)


def correct(path, replacements):
    """As a person does it with a spreadsheet: cells are changed, all columns stay."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][:2] == ["error", "row"] and rows[0][2:] == list(FIELDS)
    assert [row[1] for row in rows[1:]] == ["2", "3"]
    corrected = path.with_name("corrected.csv")
    with open(corrected, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[replacements.get(cell, cell) for cell in row] for row in rows])
    return corrected


def variant(delimiter=",", newline="\n", bom=b"", last=True):
    cells = [list(FIELDS)]
    for number in range(1, 6):
        item = product(number, description=f'"quoted", with; all\t| delimiters {number}')
        cells.append([str(item[field]) for field in FIELDS])
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    return bom + (newline.join(lines) + (newline if last else "")).encode()


VARIANTS = {
    "plain": variant(),
    "bom": variant(bom=b"\xef\xbb\xbf"),
    "crlf": variant(newline="\r\n"),
    "cr": variant(newline="\r"),
    "semicolon": variant(";"),
    "tab": variant("\t"),
    "bar": variant("|"),
    "no_last_newline": variant(last=False),
    "empty_lines": variant(newline="\n\n"),
    "workbook_export": variant(";", "\r\n", b"\xef\xbb\xbf"),
}


def test_dialects_are_all_the_same(pipe):
    """The first creates, every other finds nothing to change: identical in PostgreSQL."""
    plain = [pipe.write_bytes(VARIANTS["plain"], "plain.csv")]
    others = [pipe.write_bytes(content, f"{name}.csv") for name, content in VARIANTS.items() if name != "plain"]
    pipe.produce(*plain)
    assert pipe.consume()["created"] == 5
    before = pipe.database.rows()
    pipe.produce(*others)
    consumed = pipe.consume(UPDATE_STOCK="true")
    assert (consumed["done"], consumed["unchanged"]) == (5 * len(others), 5 * len(others))
    assert pipe.database.rows() == before
    assert pipe.errors() == []
