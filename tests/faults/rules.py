"""What becomes of a message, by the rules of docs/messages.md and docs/errors.md: once more, in Python, so
that there is something to compare the programs with. It knows the bad values that the feeds of these tests
hold (feeds.py), and no others."""

import json

STATUSES = ("safe", "danger", "empty")
TEXT_MAX = 255
LEVEL_MAX = 2**31 - 1


def decode(value):
    """The record, or None when there is none in it."""
    try:
        record = json.loads(value)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


# The code with which a record is refused whatever is in Strapi, or None.


def judge_product(record):
    if len(record["name"]) > TEXT_MAX:
        return "too_long"
    return None if record["status"] in STATUSES else "bad_choice"


def judge_event(record):
    return None if record["value"] else "missing_field"


def judge_movement(record):
    if not str(record["amount"]).isdigit():
        return "invalid_field"
    return None if record["type"] in ("IN", "OUT") else "bad_choice"


class Level:
    """The movements of one product, in their order: each is taken or refused by itself."""

    def __init__(self, level):
        self.level = level

    def take(self, record):
        """None, or the code with which it is refused."""
        change = int(record["amount"]) * (1 if record["type"] == "IN" else -1)
        if change < 0 and self.level + change < 0:
            return "negative_stock"
        if change > 0 and self.level + change > LEVEL_MAX:
            return "stock_overflow"
        self.level += change
        return None
