"""error-monitor --rejected-csv: what producers and consumers refused, as a file that goes back in."""

import csv
import io
import json

from pipe import product


def rejected(pipe, name, *arguments, code=0):
    program = pipe.programs.start("error-monitor", "--rejected-csv", "--feed", name, *arguments)
    return program.ends_with(code).stdout.decode()


def test_both_sides_in_one_file(pipe):
    """A supplier's names, delimiter and encoding; two rows refused by the producer, one by the consumer."""
    pipe.send([product(2), product(9)])
    pipe.consume()
    lines = [
        "EAN;Artikel;Bestand;Farbe",
        "0000000001;Müsli;12x;rot",
        '0000000002;"Br;ötchen";5;blau',
        "0000000003;Kaffee;7;grün;zu viel",
        "0000000004;Tee;7;grün",
    ]
    names = ["--encoding", "windows-1252", "--map", "name=Artikel,barcode=EAN,stock_available=Bestand"]
    feed = pipe.write_bytes("\r\n".join(lines).encode("windows-1252"), "export.csv")
    assert pipe.produce(*names, feed)["rejected"] == 2
    assert pipe.consume(ON_EXISTING="reject")["rejected"] == 1
    # A program that was killed writes its last record again.
    for message in pipe.broker.read(pipe.error_topic):
        pipe.broker.send(pipe.error_topic, [(message.key, message.value)])
    # Another feed's are not in it.
    pipe.produce(pipe.write_feed([product(7, status="Safe")], "other.csv"))

    text = rejected(pipe, "export.csv")
    assert text.startswith("\ufefferror;row;EAN;Artikel;Bestand;Farbe\n")
    rows = {cells[1]: cells for cells in csv.reader(io.StringIO(text[1:]), delimiter=";")}
    assert rows.keys() == {"row", "1", "2", "3"}
    assert rows["1"][2:] == ["0000000001", "Müsli", "12x", "rot"]
    assert rows["2"][2:] == ["0000000002", "Br;ötchen", "5", ""]
    assert rows["3"][2:] == ["0000000003", "Kaffee", "7", "grün", "zu viel"]

    corrected = text.replace("12x", "12").replace(";zu viel", "")
    back = pipe.write_bytes(corrected.encode(), "corrected.csv")
    assert pipe.produce(*names, back)["sent"] == 3
    pipe.consume()
    stored = pipe.database.products()
    assert stored["0000000001"]["stock_available"] == 12 and stored["0000000001"]["name"] == "Müsli"
    assert stored["0000000002"]["name"] == "Br;ötchen" and stored["0000000003"]["name"] == "Kaffee"


def consumer_record(pipe, service, feed, row, message):
    return {
        "id": f"{pipe.topic}/0/{row}/1/{service}",
        "error": f"{feed}, row {row}: refused",
        "message": json.dumps(message),
        "message_encoding": "utf-8",
        "code": "refused",
        "service": service,
        "feed": feed,
        "row": row,
        "topic": pipe.topic,
    }


def send_records(pipe, records):
    pipe.broker.create_topic(pipe.error_topic, 1)
    pipe.broker.send(pipe.error_topic, [(record["id"], json.dumps(record)) for record in records])


def test_events_keep_their_json(pipe):
    values = [
        {"value": "You can't index the port", "metadata": {"circuit": "SCSI"}},
        {"value": 'a;"b"\nc', "metadata": {"x": 'y;"z"', "n": [1.5, {}]}},
        {"value": "none"},
    ]
    records = [consumer_record(pipe, "event-consumer", "events.csv", i + 1, v) for i, v in enumerate(values)]
    send_records(pipe, records)
    text = rejected(pipe, "events.csv")
    assert text.splitlines()[0] == "error;row;value;metadata"
    back = pipe.write_bytes(text.encode(), "events.csv")
    pipe.programs.start("event-producer", "--strict", back).ends_with(0)
    sent = {int(message.headers["row"]): json.loads(message.value) for message in pipe.broker.read(pipe.topic)}
    assert [sent[row] for row in sorted(sent)] == values


def test_a_json_feed_stays_one(pipe):
    feed = pipe.write_bytes(b'[{"name":"a","barcode":"1","status":"x"},\n{"name":"b","barcode":"2"}]', "feed.json")
    pipe.send([product(2, barcode="2")])
    pipe.consume()
    pipe.produce(feed)
    pipe.consume(ON_EXISTING="reject")
    found = {record["row"]: record for record in map(json.loads, rejected(pipe, "feed.json").splitlines())}
    assert {row: (r["name"], r["barcode"]) for row, r in found.items()} == {1: ("a", "1"), 2: ("b", "2")}
    assert "status" in found[1]["error"]
    assert pipe.produce(pipe.write_bytes(rejected(pipe, "feed.json").encode(), "again.json"))["sent"] == 1


def test_nothing_was_refused(pipe):
    assert rejected(pipe, "feed.csv") == ""
    pipe.produce(pipe.write_feed([product(1)]))
    assert rejected(pipe, "feed.csv") == ""


def test_usage(pipe):
    for arguments in (["--rejected-csv"], ["--rejected-csv", "--feed", "a", "--feed", "b"]):
        pipe.programs.start("error-monitor", *arguments).ends_with(64)
    rejected(pipe, "a.csv", "--json", code=64)
    rejected(pipe, "a.csv", "--summary", code=64)
