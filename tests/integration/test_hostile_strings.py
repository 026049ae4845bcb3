"""Texts that break programs, written by Python's csv writer, compared in PostgreSQL byte for byte."""

import csv
import json

from database import FIELDS
from pipe import by_barcode, product

GRINNING = "\U0001f600"
TEXTS = [
    'a "quoted" word',
    '"',
    '""',
    '"""',
    "'",
    "''; DROP TABLE products; --",
    "comma, comma,,",
    "semicolon;tab\tpipe|",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\nof them",
    "\nin front",
    "behind\n",
    "\r\n",
    "\n\n\n",
    "tab\tinside",
    "\tin front",
    "behind\t",
    " one blank in front",
    "one blank behind ",
    "   ",
    " ",
    "\u00a0no-break space\u00a0",
    "\u2003em space\u2003",
    "\u2028line separator\u2028",
    "\u2029paragraph separator",
    "\x0bvertical tab",
    "\x0cform feed",
    "\x01\x02\x03\x1b[31mred\x1b[0m\x7f",
    "\x85next line",
    "\x9b31m",
    GRINNING,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f3\ufe0f\u200d\U0001f308",
    "\U0001f1e9\U0001f1ea",
    "e\u0301 combining, \u00e9 not",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034fa\u034c\u0352\u0300\u0315\u034bl\u0334\u030d\u0359g\u0327\u0321o",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\u202eright to left override\u202c",
    "\u2066isolated\u2069",
    "\u4f60\u597d\uff0c\u4e16\u754c",
    "\u65e5\u672c\u8a9e\u30c6\u30ad\u30b9\u30c8",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "\ud55c\uae00 \u1112\u1161\u11ab",
    "\u00c4\u00d6\u00dc\u00e4\u00f6\u00fc\u00df \u1e9e",
    "\u0130\u0131\u017f\u212a",
    "\ufb03 \u01c6",
    "\ufffd",
    "\ufeffwith a BOM",
    "a BOM\ufeffinside",
    "\ufffe\uffff",
    "\U0001fffe\U0010ffff",
    "\ue000\U000f0000 private",
    "\U00010000\U0010fffd",
    "\u0378 not assigned",
    "\u200b\u200c\u200d\u2060 nothing to see",
    "\u00ad soft hyphen",
    "%00",
    "%0d%0a",
    "\\u0000",
    "\\ud800",
    "\\x00",
    "\\",
    "\\\\",
    "\\n\\r\\t",
    "ends in a backslash\\",
    '\\"',
    "<script>alert(1)</script>",
    "<!--",
    "&amp; &lt; &#0; &nbsp;",
    "]]>",
    "http://user:pw@host/path?a=b&c=d#e",
    "a=b&c[]=d&e[$in]=f",
    "%41%zz%",
    "+1+1",
    "=1+1",
    "=HYPERLINK(\"http://x\",\"y\")",
    "@SUM(A1)",
    "-1",
    "null",
    "NULL",
    "undefined",
    "true",
    "NaN",
    "0",
    "007",
    "1e3",
    "0x1F",
    "{}",
    "[]",
    '{"data":{"name":"x"}}',
    "{{7*7}} ${7*7} #{7*7}",
    "$(reboot) `reboot` | reboot; reboot",
    "../../etc/passwd",
    "$1 \\1 %s %n %d",
    "__proto__",
    "constructor",
    "#comment",
    "// comment",
    "x" * 255,
    (GRINNING * 128)[:127] + "x",
    "\u00e9" * 255,
    "\u4f60" * 255,
    "e\u0301" * 127 + "x",
]
# Short text counts UTF-16 units, as Strapi does.
assert all(len(text.encode("utf-16-le")) // 2 <= 255 for text in TEXTS)

BARCODES = [
    "a&b=c",
    "#fragment",
    "100%",
    "%26",
    "1+1",
    "a b",
    "[0]",
    "filters[barcode][$in][0]",
    "$in",
    "a,b",
    'say "hi"',
    "0000000000",
    "0",
    "00",
    "1",
    "01",
    "1.0",
    "1e1",
    "-1",
    "true",
    "null",
    "a/b/../c",
    "a?b",
    "a;b",
    "a\\b",
    "\\u0000",
    "%00",
    "a'b",
    "\u00e9",
    "e\u0301",
    GRINNING,
    "\u4f60\u597d",
    "\u05d0",
    "\ufeff1",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\ufffd",
    "x" * 255,
    GRINNING * 127 + "x",
]
# Alike to people, spreadsheets and other databases, and yet not the same.
ALIKE = ["abc", "Abc", "ABC", "abc ", " abc", "abc  ", "a bc", "\u00e4bc", "a\u0308bc", "abc\u200b", "\u0430bc"]


def check_feed(pipe, products, **dialect):
    summary = pipe.produce(pipe.write_feed(products, **dialect))
    assert (summary["sent"], summary["rejected"]) == (len(products), 0)
    consumed = pipe.consume()
    assert consumed["created"] == len(products)
    pipe.check_delivered(products)


def test_texts(pipe):
    assert len(set(TEXTS)) == len(TEXTS) >= 100
    products = [product(i, name=text, description=text) for i, text in enumerate(TEXTS)]
    check_feed(pipe, products)
    # Another dialect, and the same again: everything Strapi answers is read as what was sent.
    before = pipe.database.change_times()
    pipe.produce(pipe.write_feed(products, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL))
    assert pipe.consume()["unchanged"] == len(products)
    assert pipe.database.change_times() == before


def test_texts_joined_to_a_long_description(pipe):
    products = [product(i, description=sep.join(TEXTS)) for i, sep in enumerate(("", "\n", '"', ",\r\n"))]
    products.append(product(9, description=GRINNING * 100000))
    check_feed(pipe, products)


def test_barcodes(pipe):
    products = [product(i, barcode=barcode) for i, barcode in enumerate(BARCODES)]
    check_feed(pipe, products)
    changed = [{**item, "name": f"changed {item['name']}"} for item in products]
    pipe.send(changed)
    assert pipe.consume()["updated"] == len(products)
    assert pipe.database.products() == by_barcode(changed)


def test_barcodes_that_look_alike(pipe):
    products = [product(i, barcode=barcode) for i, barcode in enumerate(ALIKE)]
    check_feed(pipe, products)
    pipe.send([{**products[1], "name": "only this one"}])
    assert pipe.consume()["updated"] == 1
    assert pipe.database.products() == by_barcode([products[0], {**products[1], "name": "only this one"}, *products[2:]])


def test_a_thousand_hostile_barcodes(pipe):
    marks = "&=#%+[] \"',;:/?@!$*()<>{}|\\^~`"
    products = [
        product(i, barcode=f"{i:04}{marks[i % len(marks)]}{marks[i * 7 % len(marks)]}{i}") for i in range(1000)
    ]
    assert len(by_barcode(products)) == 1000
    check_feed(pipe, products)


def test_what_no_text_may_hold(pipe):
    """Sent past the producer: Strapi, or PostgreSQL, would answer 500 or worse."""
    bad = {
        "nul_byte": '{"name":"a\\u0000b","barcode":"1"}',
        "bad_encoding": '{"name":"\\ud800","barcode":"2"}',
        "too_long": json.dumps({"name": GRINNING * 128, "barcode": "3"}),
    }
    good = product(7)
    pipe.broker.create_topic(pipe.topic)
    pipe.broker.send(pipe.topic, [(None, value) for value in bad.values()])
    pipe.send([good])
    assert pipe.consume()["rejected"] == len(bad)
    assert {record["code"]: record["message"] for record in pipe.errors()} == bad
    assert pipe.database.products() == by_barcode([good])


# The shapes of the csv-spectrum collection, each as a product feed.
HEADER = b"name,description,stock_available,barcode,status"
SPECTRUM = {
    "comma_in_quotes": HEADER + b'\nJohn,"120 any st., Anytown, WW",08,08123,safe\n',
    "empty": HEADER + b'\n1,"","",x1,""\n2,3,4,x2,safe\n',
    "empty_crlf": HEADER + b'\r\n1,"","",x1,""\r\n2,3,4,x2,safe\r\n',
    "escaped_quotes": HEADER + b'\n1,"ha ""ha"" ha",1,x1,safe\n3,4,4,x2,safe\n',
    "json": HEADER + b'\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}",1,x1,safe\n',
    "location_coordinates": HEADER + b'\n"Cell tower","-123.456, 45.678",1,x1,safe\n',
    "newlines": HEADER + b'\n1,2,3,x1,safe\n"Once upon \na time",5,6,x2,safe\n7,8,9,x3,safe\n',
    "newlines_crlf": HEADER + b'\r\n1,2,3,x1,safe\r\n"Once upon \r\na time",5,6,x2,safe\r\n7,8,9,x3,safe\r\n',
    "quotes_and_newlines": HEADER + b'\n1,"ha \n""ha"" \nha",3,x1,safe\n3,4,4,x2,safe\n',
    "simple": HEADER + b"\n1,2,3,x1,safe\n",
    "simple_crlf": HEADER + b"\r\n1,2,3,x1,safe\r\n",
    "utf8": HEADER + "\n1,2,3,x1,safe\n4,5,6,\u02a4,safe\n".encode(),
    "no_last_newline": HEADER + b'\n1,2,3,x1,safe\n4,5,6,x2,"safe"',
    "all_quoted": b'"name","description","stock_available","barcode","status"\n"1","2","3","x1","safe"\n',
}


def test_csv_spectrum(pipe):
    """One feed after the other; a barcode names its feed, so that all can be looked at together."""
    expected = {}
    feeds = []
    for name, content in SPECTRUM.items():
        content = content.replace(b",x", f",{name}-".encode()).replace(b'"x', f'"{name}-'.encode())
        path = pipe.write_bytes(content, f"{name}.csv")
        feeds.append(path)
        for row in csv.DictReader(content.decode().splitlines(keepends=True)):
            row["stock_available"] = int(row["stock_available"] or 0)
            expected[row["barcode"]] = {field: row[field] if row[field] != "" else None for field in FIELDS}
    pipe.produce(*feeds)
    pipe.consume()
    assert pipe.errors() == []
    assert pipe.database.products() == expected


def test_a_large_row_and_one_too_large(pipe):
    """As a message a record has 512 KiB at most."""
    large = product(1, description="d" * 500000)
    summary = pipe.produce(pipe.write_feed([large, product(2, description="d" * 530000)]))
    assert (summary["sent"], summary["codes"]) == (1, {"too_large": 1})
    pipe.consume()
    assert pipe.database.products() == by_barcode([large])
    (record,) = pipe.errors()
    assert (record["code"], record["row"]) == ("too_large", 2)
