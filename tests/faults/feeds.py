"""What is fed: records of one case, with keys that no other case has, some of them bad. As messages of any
producer, or as a CSV file for ours."""

import csv
import gzip
import io
import json
from dataclasses import dataclass

STATUSES = ("safe", "danger", "empty")
# One in so many.
BAD = 40
REPEATED = 10
# Few enough that a product is moved several times, and that some of what is taken out is not there.
LEVEL = 20
AMOUNT = 9


@dataclass
class Record:
    key: str
    fields: dict = None  # None: what is sent is `raw`, and nothing that decodes
    raw: bytes = None
    code: str = None  # with which a producer refuses the row

    @property
    def is_good(self):
        return self.fields is not None and self.code is None

    @property
    def value(self):
        return self.raw or json.dumps(self.fields, ensure_ascii=False).encode()


class Feed:
    """Makes the records of one entity; numbered on, however often it is asked."""

    columns = ()

    def __init__(self, prefix, chance):
        self.prefix = prefix
        self.chance = chance
        self.number = 0

    def make(self, count, poison=True):
        """poison: also what is no record at all. It has no place in a file of rows."""
        return [self.one(poison) for _ in range(count)]

    def make_good(self, count):
        """None that the target refuses either."""
        self.number += count
        return [self.good(number) for number in range(self.number - count + 1, self.number + 1)]

    def one(self, poison):
        self.number += 1
        record = self.good(self.number)
        if self.chance.randrange(BAD):
            return record
        spoil = self.chance.choice([self.spoil, self.no_record] if poison else [self.spoil])
        return spoil(record)

    def no_record(self, record):
        return Record(record.key, raw=f"no JSON: {self.prefix} {self.number}".encode())

    def file(self, records, name):
        """In the form that the name tells: .csv, .json (an array), .ndjson, each perhaps with .gz behind."""
        plain = name[:-3] if name.endswith(".gz") else name
        forms = {"csv": self.csv, "json": self.array, "ndjson": self.lines}
        text = forms[plain.rpartition(".")[2]](records)
        return text if plain == name else gzip.compress(text)

    def lines(self, records):
        return b"".join(record.value + b"\n" for record in records)

    def array(self, records):
        return b"[" + b",\n".join(record.value for record in records) + b"]\n"

    def csv(self, records):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows([record.fields[column] for column in self.columns] for record in records)
        return text.getvalue().encode()


class Products(Feed):
    columns = ("name", "description", "stock_available", "barcode", "status")

    def __init__(self, prefix, chance):
        super().__init__(prefix, chance)
        self.keys = []

    def good(self, number):
        """A new product, or new values of one that was fed before."""
        if self.keys and self.chance.randrange(REPEATED) == 0:
            key = self.chance.choice(self.keys)
        else:
            key = f"{self.prefix}{number:06}"
            self.keys.append(key)
        fields = {
            "name": f"Product {number}",
            "description": f"The description of {number}; with \"quotes\", and a\nsecond line",
            "stock_available": self.chance.randrange(100),
            "barcode": key,
            "status": self.chance.choice(STATUSES),
        }
        return Record(key, fields)

    def change(self, records):
        """Each of the products once more, with another name."""
        good = {record.key: record for record in records if record.is_good}
        return [Record(key, {**r.fields, "name": f"{r.fields['name']}, renamed"}) for key, r in good.items()]

    def spoil(self, record):
        if self.chance.randrange(2):
            return Record(record.key, {**record.fields, "status": "sold"}, code="bad_choice")
        return Record(record.key, {**record.fields, "name": "n" * 256}, code="too_long")


class Events(Feed):
    columns = ("value", "metadata")

    def good(self, number):
        """Without a key, as our producer sends them."""
        circuit = self.chance.choice(["SCSI", "JSON", "XML"])
        return Record(None, {"value": f"{self.prefix} event {number}", "metadata": {"circuit": circuit}})

    def spoil(self, record):
        return Record(None, {**record.fields, "value": ""}, code="missing_field")

    def csv(self, records):
        """The last column is JSON as it is, unquoted."""
        lines = [f"{r.fields['value']};{json.dumps(r.fields['metadata'])}" for r in records]
        return "".join(f"{line}\n" for line in ["value;metadata", *lines]).encode()


class Movements(Feed):
    columns = ("barcode", "amount", "type")

    def __init__(self, prefix, chance, products=60):
        super().__init__(prefix, chance)
        self.levels = {f"{prefix}{n:06}": chance.randrange(LEVEL) for n in range(products)}
        self.keys = list(self.levels)

    def good(self, number):
        key = self.chance.choice(self.keys)
        way = self.chance.choice(["IN", "OUT"])
        return Record(key, {"barcode": key, "amount": self.chance.randrange(1, AMOUNT), "type": way})

    def make_good(self, count):
        """Nothing is taken out."""
        return [Record(r.key, {**r.fields, "type": "IN"}) for r in super().make_good(count)]

    def spoil(self, record):
        if self.chance.randrange(2):
            return Record(record.key, {**record.fields, "type": "SOLD"}, code="bad_choice")
        return Record(record.key, {**record.fields, "amount": "1x"}, code="invalid_field")


FEEDS = {"product": Products, "event": Events, "stock": Movements}
