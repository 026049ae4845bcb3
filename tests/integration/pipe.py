"""The way of a product through one test's topics, and the questions every test asks at its end."""

import csv
import json

from database import FIELDS
from waiting import wait_for

STATUSES = ("safe", "danger", "empty")


def product(number, **fields):
    return {
        "name": f"Product {number}",
        "description": f"The description of {number}",
        "stock_available": number,
        "barcode": f"{number:010}",
        "status": STATUSES[number % 3],
        **fields,
    }


def catalogue(count, first=1):
    return [product(number) for number in range(first, first + count)]


def by_barcode(products):
    return {item["barcode"]: item for item in products}


class Missing(list):
    """Counts as not yet, however many are missing."""

    def __init__(self, barcodes):
        super().__init__(sorted(barcodes)[:10])
        self.count = len(barcodes)

    def __bool__(self):
        return False

    def __repr__(self):
        return f"{self.count} are missing: {', '.join(self)}"


class Pipe:
    def __init__(self, settings, broker, database, programs, folder):
        self.topic = settings["TOPIC"]
        self.error_topic = settings["ERROR_TOPIC"]
        self.group = settings["GROUP_ID"]
        self.broker = broker
        self.database = database
        self.programs = programs
        self.folder = folder

    # In

    def write_feed(self, rows, name="feed.csv", header=FIELDS, **dialect):
        """A CSV file by Python's writer; a row is a dict or a list of cells."""
        path = self.folder / name
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, **dialect)
            writer.writerow(header)
            for row in rows:
                writer.writerow([row[column] for column in header] if isinstance(row, dict) else row)
        return path

    def write_bytes(self, content, name="feed.csv"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def produce(self, *arguments, code=0, **settings):
        """Runs the producer to its end and returns its summary."""
        program = self.programs.start("product-producer", "--summary", "json", *arguments, **settings)
        program.ends_with(code)
        return program.summary() if program.stdout else None

    def send(self, products, key=None, partitions=3):
        """Messages of any producer; the key is the barcode, or always the same."""
        if not self.broker.partitions(self.topic):
            self.broker.create_topic(self.topic, partitions)
        return self.broker.send(
            self.topic, [(key or item["barcode"], json.dumps(item, ensure_ascii=False)) for item in products]
        )

    # Through

    def start_consumer(self, *arguments, **settings):
        return self.programs.start("product-consumer", *arguments, **settings)

    def consume(self, *arguments, code=0, deadline=120, **settings):
        """Runs the consumer until the topic is worked off and returns its summary."""
        consumer = self.start_consumer("--until-end", "--summary", "json", *arguments, **settings)
        consumer.ends_with(code, deadline)
        return consumer.summary()

    # Out

    def sent(self):
        return [json.loads(message.value) for message in self.broker.read(self.topic)]

    def errors(self):
        return self.broker.errors(self.error_topic)

    def committed(self):
        return self.broker.committed(self.topic, self.group)

    def is_committed(self):
        return self.broker.is_committed(self.topic, self.group)

    def owners(self):
        return self.broker.owners(self.topic, self.group)

    def members(self):
        return self.broker.members(self.group)

    def await_products(self, count, deadline=120):
        wait_for(lambda: self.database.count() >= count, f"{count} products", deadline)

    def await_delivered(self, products, deadline=120):
        """A failure names what is missing."""
        wanted = by_barcode(products)
        wait_for(
            lambda: (lambda there: wanted.keys() <= there or Missing(wanted.keys() - there))(
                self.database.products().keys()
            ),
            "all products",
            deadline,
        )

    def await_committed(self, deadline=120):
        wait_for(self.is_committed, "everything committed", deadline)

    def await_offsets(self, expected, deadline=60):
        """Until exactly these are committed; 0 and nothing at all are the same."""
        found = {}

        def as_expected():
            found.update(self.committed())
            return {p: at for p, at in found.items() if at} == {p: at for p, at in expected.items() if at}

        try:
            wait_for(as_expected, "the group's offsets", deadline)
        except AssertionError:
            assert found == expected
            raise

    def await_owner(self, deadline=60):
        """Until every partition has an owner; returns {partition: member}."""
        partitions = self.broker.partitions(self.topic)
        return wait_for(
            lambda: (lambda owners: sorted(owners) == partitions and owners)(self.owners()),
            "an owner of every partition",
            deadline,
        )

    def check_delivered(self, products):
        """Each of them is there once, as it was sent, nothing was refused, all is committed."""
        assert self.database.products() == by_barcode(products)
        assert self.errors() == []
        assert self.is_committed(), (self.committed(), self.broker.ends(self.topic))
