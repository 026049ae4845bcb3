"""What one case has in PostgreSQL, and what it must have: three entities, one class each.

expected(messages) judges them in the order of their partitions, which is that of each key, and returns
(the effects, {(partition, offset): code} of what is refused)."""

from collections import Counter

import rules
from database import FIELDS


class Effects:
    table = "products"
    key_column = "barcode"
    key_at = 0  # in an effect
    judge = None

    def __init__(self, database, prefix):
        self.database = database
        self.prefix = prefix

    def rows(self, columns="*"):
        return self.database.query(
            f"SELECT {columns} FROM {self.table} WHERE starts_with({self.key_column}, %s) ORDER BY id",
            (self.prefix,),
        )

    def marks(self):
        """{id: time of the last change}: whatever is new or was changed has another one."""
        return {row["id"]: row["updated_at"] for row in self.rows("id, updated_at")}

    def touched(self, since):
        """How many entries were written since marks() said that."""
        now = self.marks()
        return sum(since.get(entry) != time for entry, time in now.items())

    def delete(self):
        self.database.query(f"DELETE FROM {self.table} WHERE starts_with({self.key_column}, %s)", (self.prefix,))

    def expected(self, messages):
        refused = {}
        self.begin()
        for message in sorted(messages, key=lambda m: (m.partition, m.offset)):
            record = rules.decode(message.value)
            code = "undecodable" if record is None else self.judge(record) or self.take(record)
            if code:
                refused[message.partition, message.offset] = code
        return self.made(), refused


class ProductEffects(Effects):
    judge = staticmethod(rules.judge_product)
    fields = FIELDS

    @property
    def key_at(self):
        return self.fields.index(self.key_column)

    def leave_levels_out(self):
        """Movements change them meanwhile: those have an account of their own."""
        self.fields = tuple(field for field in FIELDS if field != "stock_available")

    def begin(self):
        self.entries = {}

    def take(self, record):
        """What exists keeps its stock: that belongs to the movements then."""
        there = self.entries.get(record["barcode"])
        kept = {"stock_available": there["stock_available"]} if there else {}
        self.entries[record["barcode"]] = {**record, **kept}

    def made(self):
        return Counter(tuple(entry[field] for field in self.fields) for entry in self.entries.values())

    def found(self):
        return Counter(tuple(row[field] for field in self.fields) for row in self.rows())


class EventEffects(Effects):
    table = "events"
    key_column = "value"
    judge = staticmethod(rules.judge_event)

    def begin(self):
        self.events = Counter()

    def take(self, record):
        self.events[record["value"], record["metadata"]["circuit"]] += 1

    def made(self):
        return self.events

    def found(self):
        return Counter((row["value"], row["metadata"]["circuit"]) for row in self.rows())


class LevelEffects(Effects):
    """Of products that are there before; levels: {barcode: what they begin with}."""

    judge = staticmethod(rules.judge_movement)

    def __init__(self, database, prefix, levels):
        super().__init__(database, prefix)
        self.initial = levels

    def follow(self, feed, records):
        """Its products are those of another flow, which begin with the level of their first good record."""
        self.prefix = feed.prefix
        self.initial = {r.key: r.fields["stock_available"] for r in reversed(records) if r.is_good}

    def create_products(self):
        """As Strapi does, and at once."""
        for barcode, level in self.initial.items():
            self.database.query(
                "INSERT INTO products (document_id, name, barcode, stock_available, created_at, updated_at, published_at)"
                " VALUES (%s, %s, %s, %s, now(), now(), now())",
                (f"d{barcode}", f"Product {barcode}", barcode, level),
            )

    def begin(self):
        self.levels = {barcode: rules.Level(level) for barcode, level in self.initial.items()}

    def take(self, record):
        level = self.levels.get(record["barcode"])
        return level.take(record) if level else "unknown_product"

    def made(self):
        return Counter((barcode, level.level) for barcode, level in self.levels.items())

    def found(self):
        return Counter((row["barcode"], row["stock_available"]) for row in self.rows())


def effects_of(entity, database, feed):
    if entity == "stock":
        return LevelEffects(database, feed.prefix, feed.levels)
    return {"product": ProductEffects, "event": EventEffects}[entity](database, feed.prefix)
