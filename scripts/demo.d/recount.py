"""What must have come of the stock movements, computed again, in another language than the programs'.

recount.py FOLDER

Reads the messages of the topics product and stock, and applies them in the order of their feed's rows:
a product has the stock that it was created with, each movement is taken or refused by itself. Then it
looks at what Strapi holds and at what the error topic says. Prints one JSON object: how many products
and movements were compared, and what differs. BROKERS and STRAPI_URL are taken from the environment,
the token from FOLDER/run/authorization.
"""

import json
import os
import sys
import urllib.request
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

TIMEOUT = 15
INT_MAX = 2**31 - 1
# The codes of what the movements do to the stock; the other refusals are not about sums.
JUDGED = {"unknown_product", "negative_stock", "stock_overflow"}
SHOWN = 5


def read_topic(topic):
    """Its messages, in the order of their feed's rows."""
    reader = Consumer({"bootstrap.servers": os.environ["BROKERS"], "group.id": "strapi-feeds-recount",
                       "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 3,
                       "auto.offset.reset": "earliest"})  # fmt: skip
    try:
        about = reader.list_topics(topic, TIMEOUT).topics[topic]
        left = set(about.partitions) if about.error is None else set()
        reader.assign([TopicPartition(topic, partition, 0) for partition in left])
        messages = []
        while left:
            for message in reader.consume(10000, 0.2):
                if message.error() is None:
                    messages.append(message)
                else:
                    left.discard(message.partition())
    finally:
        reader.close()
    return sorted(messages, key=row_of)


def row_of(message):
    return int(dict(message.headers() or []).get("row", 0))


def read_strapi(folder):
    """Every product that is there."""
    name, value = (folder / "run" / "authorization").read_text().strip().split(": ", 1)
    products, page, pages = [], 1, 1
    while page <= pages:
        query = f"sort=id&pagination%5BpageSize%5D=100&pagination%5Bpage%5D={page}"
        request = urllib.request.Request(f"{os.environ['STRAPI_URL']}/api/products?{query}", headers={name: value})
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = json.load(answer)
        products += body["data"]
        pages = body["meta"]["pagination"]["pageCount"]
        page += 1
    return products


def first_levels(messages):
    """By barcode. A later message does not write the stock of a product that exists."""
    levels = {}
    for product in (json.loads(message.value()) for message in messages):
        levels.setdefault(product["barcode"], int(product.get("stock_available") or 0))
    return levels


def barcode_of(movement, products):
    """By whichever of the three names it has."""
    if "barcode" in movement:
        return movement["barcode"]
    name = "id" if "id" in movement else "documentId"
    found = (product["barcode"] for product in products if str(product[name]) == str(movement[name]))
    return next(found, None)


def judge(levels, barcode, movement):
    """Applies it, or says why not."""
    if barcode not in levels:
        return "unknown_product"
    amount = int(movement["amount"])
    level = levels[barcode] + (amount if movement["type"] == "IN" else -amount)
    if amount and level < 0:
        return "negative_stock"
    if amount and level > INT_MAX:
        return "stock_overflow"
    levels[barcode] = level
    return None


def apply(levels, movements, products):
    """{row: code} of those that are refused."""
    refused = {}
    for message in movements:
        movement = json.loads(message.value())
        code = judge(levels, barcode_of(movement, products), movement)
        if code:
            refused[row_of(message)] = code
    return refused


def recorded():
    """{row: code} of the error records about movements that are in the topic."""
    records = [json.loads(message.value()) for message in read_topic("error")]
    return {r["row"]: r["code"] for r in records if r.get("topic") == "stock" and r["code"] in JUDGED}


def differences(expected, found):
    return {str(name): [expected.get(name), found.get(name)]
            for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)}  # fmt: skip


def main():
    products = read_strapi(Path(sys.argv[1]))
    levels = first_levels(read_topic("product"))
    movements = read_topic("stock")
    refused = apply(levels, movements, products)
    stocks = {product["barcode"]: product["stock_available"] or 0 for product in products}
    wrong_stocks, wrong_refusals = differences(levels, stocks), differences(refused, recorded())
    json.dump(
        {
            "stock": sum(stocks.values()),
            "recomputed": sum(levels.values()),
            "wrong_stocks": len(wrong_stocks),
            "movements": len(movements),
            "refused": len(refused),
            "wrong_refusals": len(wrong_refusals),
            # [what was expected, what was found]
            "examples": dict(list({**wrong_stocks, **wrong_refusals}.items())[:SHOWN]),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
