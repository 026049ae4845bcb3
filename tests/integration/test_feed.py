"""data/products.csv, the whole way, and what a second feed does to what is there already."""

import csv

from database import FIELDS
from stack import ROOT

FEED = ROOT / "data" / "products.csv"
# The rows of the feed that are wrong on purpose: code, field, value.
REFUSED = {
    "0895805444": ("invalid_field", "stock_available", "12x"),
    "5190872888": ("bad_choice", "status", "Safe"),
    "": ("missing_field", "barcode", None),
    "5049664056": ("out_of_range", "stock_available", "3000000000"),
    "0502063078": ("too_long", "name", "N" * 256),
    "0813462220": ("column_count", None, "One column short,Refused: four columns,1,0813462220"),
}


def read_feed():
    """(row, line, cells) of each record, as Python's reader sees it."""
    with open(FEED, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        assert next(reader) == list(FIELDS)
        rows = []
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                rows.append((len(rows) + 1, line, cells))
            line = reader.line_num + 1
    return rows


def barcode_of(cells):
    return cells[3]


def good_rows():
    return [cells for _, _, cells in read_feed() if barcode_of(cells) not in REFUSED]


def stored(cells):
    """What an entry holds that was created from this row."""
    name, description, stock, barcode, status = cells
    return {
        "name": name,
        "description": description or None,
        "stock_available": int(stock or 0),
        "barcode": barcode,
        "status": status or None,
    }


def expected_products():
    """A barcode that comes again changes its entry, but not the stock."""
    products = {}
    for cells in good_rows():
        product = stored(cells)
        before = products.get(product["barcode"])
        if before:
            product["stock_available"] = before["stock_available"]
        products[product["barcode"]] = product
    return products


def check_counts(pipe, summary, consumed):
    good = good_rows()
    assert len(read_feed()) == len(good) + len(REFUSED)
    assert (summary["rows"], summary["sent"], summary["rejected"]) == (len(read_feed()), len(good), len(REFUSED))
    assert summary["unconfirmed"] == 0
    assert len(pipe.sent()) == consumed["done"] == len(good)
    assert consumed["created"] == len(expected_products())


def is_quoted(text, value):
    """A long value is cut."""
    return text == value or (text.endswith("...") and value.startswith(text[:-3]))


def check_record(record, row, line, cells, summary):
    code, field, value = REFUSED[barcode_of(cells)]
    assert (record["code"], record.get("field")) == (code, field)
    assert is_quoted(record["value"], value) if value else "value" not in record
    assert (record["row"], record["line"]) == (row, line)
    assert (record["feed"], record["feed_id"]) == ("products.csv", summary["feed_id"])
    assert record["id"] == f"feed/{summary['feed_id']}/{row}"
    assert record["topic"] == summary["topic"]
    assert record["service"] == "product-producer" and record["retryable"] is False
    assert f"row {row}, line {line}" in record["error"]
    assert next(csv.reader([record["message"]])) == cells


def check_records(pipe, summary):
    """Each bad row is exactly one."""
    records = sorted(pipe.errors(), key=lambda record: record["row"])
    bad = [place for place in read_feed() if barcode_of(place[2]) in REFUSED]
    assert len(records) == len(bad) == len(REFUSED)
    for record, place in zip(records, bad):
        check_record(record, *place, summary)


def check_headers(pipe, summary):
    messages = {message.headers["row"]: message for message in pipe.broker.read(pipe.topic)}
    for row, _, cells in read_feed():
        if barcode_of(cells) in REFUSED:
            continue
        message = messages.pop(str(row).encode())
        assert message.key.decode() == barcode_of(cells)
        assert message.headers["feed"] == b"products.csv"
        assert message.headers["feed-id"] == summary["feed_id"].encode()
        assert message.headers["content-type"] == b"application/json"
    assert not messages


def test_the_whole_way(pipe):
    summary = pipe.produce(FEED)
    consumed = pipe.consume()
    assert pipe.database.products() == expected_products()
    assert pipe.is_committed()
    check_counts(pipe, summary, consumed)
    check_records(pipe, summary)
    check_headers(pipe, summary)


def test_the_same_rows_again_change_nothing(pipe):
    # Without the barcode that comes twice: its two rows change the entry each time, there and back.
    feed = pipe.write_feed([cells for cells in good_rows() if barcode_of(cells) != "6216617939"])
    pipe.produce(feed)
    pipe.consume()
    before = pipe.database.change_times()
    pipe.produce(feed, "--force")
    consumed = pipe.consume()
    assert consumed["unchanged"] == len(before) and consumed["created"] == consumed["updated"] == 0
    assert pipe.database.change_times() == before
    assert pipe.errors() == []


def again(pipe, change, **settings):
    """The first five rows, then the third of them changed; which entries were written again?"""
    rows = [stored(cells) for cells in good_rows()[:5]]
    pipe.produce(pipe.write_feed(rows))
    pipe.consume()
    before = pipe.database.change_times()
    rows[2] = {**rows[2], **change}
    pipe.produce(pipe.write_feed(rows, "second.csv"))
    consumed = pipe.consume(**settings)
    after = pipe.database.change_times()
    assert after.keys() == before.keys()
    assert {b: d for b, (d, _) in after.items()} == {b: d for b, (d, _) in before.items()}
    touched = [barcode for barcode in before if after[barcode] != before[barcode]]
    return rows[2]["barcode"], touched, consumed


def test_a_changed_description_changes_its_row_only(pipe):
    barcode, touched, consumed = again(pipe, {"description": "Now better than ever"})
    assert touched == [barcode] and consumed["updated"] == 1
    assert pipe.database.products()[barcode]["description"] == "Now better than ever"


def test_stock_of_an_existing_product_is_left_alone(pipe):
    barcode, touched, consumed = again(pipe, {"stock_available": 98765})
    assert touched == [] and consumed["updated"] == 0 and consumed["left_alone"] == 1
    assert pipe.database.products()[barcode]["stock_available"] != 98765


def test_stock_is_left_alone_when_another_field_changes(pipe):
    barcode, touched, _ = again(pipe, {"stock_available": 98765, "name": "Another name"})
    assert touched == [barcode]
    there = pipe.database.products()[barcode]
    assert there["name"] == "Another name" and there["stock_available"] != 98765


def test_update_stock_writes_it(pipe):
    barcode, touched, consumed = again(pipe, {"stock_available": 98765}, UPDATE_STOCK="true")
    assert touched == [barcode] and consumed["updated"] == 1
    assert pipe.database.products()[barcode]["stock_available"] == 98765


def test_on_existing_skip(pipe):
    barcode, touched, consumed = again(pipe, {"name": "Another name"}, ON_EXISTING="skip")
    assert touched == [] and consumed["unchanged"] == 5
    assert pipe.database.products()[barcode]["name"] != "Another name"
    assert pipe.errors() == []


def test_on_existing_reject(pipe):
    barcode, touched, consumed = again(pipe, {"name": "Another name"}, ON_EXISTING="reject")
    assert touched == [] and consumed["rejected"] == 1
    # An entry that equals its message is taken for the message's own.
    (record,) = pipe.errors()
    assert record["code"] == "refused" and record["key"] == barcode and record["stage"] == "strapi"
    assert pipe.is_committed()


def test_columns_in_any_order_and_unknown_ones(pipe):
    header = ("status", "colour", "barcode", "description", "name", "stock_available")
    rows = [{**stored(cells), "colour": "red"} for cells in good_rows()[:5]]
    pipe.produce(pipe.write_feed(rows, header=header))
    pipe.consume()
    assert pipe.database.products() == {row["barcode"]: {f: row[f] for f in FIELDS} for row in rows}


def test_standard_input(pipe):
    with open(FEED, "rb") as feed:
        program = pipe.programs.start("product-producer", "--summary", "json", "-", stdin=feed)
        program.ends_with(0)
    assert program.summary()["sent"] == len(good_rows()) == len(pipe.sent())
