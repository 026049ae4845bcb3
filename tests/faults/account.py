"""The account of a flow, drawn up from Kafka and PostgreSQL when all is over:

    rows fed = messages + error records of the producer       each row exactly once, and as it was
    messages = effects + error records of the consumer        each message exactly once
    each level = what its movements come to                   computed once more, in Python
    committed offset = end                                    of each partition

An error record that was written twice with one id counts once."""

import json
from collections import Counter
from dataclasses import dataclass, field

SHOWN = 5


@dataclass
class Account:
    fed: int = 0
    effects: int = 0
    refused: int = 0
    records_again: int = 0  # written twice with one id
    lost: list = field(default_factory=list)  # effects that are not there
    extra: list = field(default_factory=list)  # effects that nobody ordered; a wrong level is both
    unexplained: list = field(default_factory=list)  # refused without, or otherwise than by, its record
    entries_lost: list = field(default_factory=list)  # by their keys, whatever their values
    entries_again: list = field(default_factory=list)
    uncommitted: dict = field(default_factory=dict)

    @property
    def is_exact(self):
        return not (self.lost or self.extra or self.unexplained or self.uncommitted)

    def check(self):
        assert self.is_exact, str(self)

    def check_each_once(self):
        """What plain REST promises of writes that arrive late: all was worked off, and each entry is there
        once. That its values are the last ones, and a level the right one, is counted, and not promised."""
        assert not (self.entries_lost or self.entries_again or self.uncommitted), str(self)

    def __str__(self):
        parts = [f"fed {self.fed}, effects {self.effects}, refused {self.refused}, again {self.records_again}"]
        for name in ("lost", "extra", "unexplained"):
            found = getattr(self, name)
            if found:
                parts.append(f"{name} {len(found)}: {', '.join(map(str, found[:SHOWN]))}")
        if self.uncommitted:
            parts.append(f"committed, of ends: {self.uncommitted}")
        return "; ".join(parts)


def account_of_messages(flow, target_refuses=None, messages=None):
    """target_refuses: {(partition, offset): code} of what nobody but the target refuses, or what it did not get.
    messages: what had to be worked off, where that is not what is in the topic now."""
    messages = flow.messages() if messages is None else messages
    target_refuses = target_refuses or {}
    made, refused = flow.effects.expected(m for m in messages if (m.partition, m.offset) not in target_refuses)
    account = Account(fed=len(messages), effects=sum(made.values()))
    compare_effects(account, made, flow.effects.found(), flow.effects.key_at)
    compare_records(account, {**refused, **target_refuses}, flow.records())
    committed = flow.committed()
    account.uncommitted = {
        p: (committed.get(p, 0), end) for p, end in flow.ends().items() if committed.get(p, 0) != end
    }
    return account


def compare_effects(account, made, found, key_at):
    account.lost, account.extra = difference(made, found)
    made, found = (Counter(effect[key_at] for effect in effects.elements()) for effects in (made, found))
    account.entries_lost, account.entries_again = difference(made, found)


def difference(made, found):
    return sorted((made - found).elements()), sorted((found - made).elements())


def compare_records(account, refused, records):
    """records: {id: record}, and how many were written in all."""
    by_id, written = records
    account.refused = len(by_id)
    account.records_again = written - len(by_id)
    found = {}
    for record in by_id.values():
        found.setdefault((record["partition"], record["offset"]), []).append(record)
    for place in sorted(refused.keys() | found.keys()):
        explain(account, place, refused.get(place), found.get(place, []))


def explain(account, place, code, records):
    if [record["code"] for record in records] != ([code] if code else []):
        errors = [f"{record['code']}: {record['error']}" for record in records]
        account.unexplained.append((place, "must be", code, "is", errors))


def account_of_rows(flow, rows, name=None):
    """rows: the records of one feed that our producer was given, in their order. Its messages and error
    records carry the number of their row. name: of its file, where there are several."""
    account = Account(fed=len(rows))
    messages = [m for m in flow.messages() if name in (None, m.headers.get("feed", b"").decode())]
    messages = [m for m in messages if "row" in m.headers]
    sent = Counter(int(m.headers["row"]) for m in messages)
    by_id, written = distinct([r for r in flow.producer_records() if name in (None, r["feed"])])
    account.effects, account.refused = sum(sent.values()), len(by_id)
    account.records_again = written - len(by_id)
    codes = {}
    for record in by_id.values():
        codes.setdefault(record["row"], []).append(record["code"])
    for number, row in enumerate(rows, 1):
        if sent[number] < (row.code is None):
            account.lost.append(number)
        if sent[number] > (row.code is None):
            account.extra.append(number)
        if codes.get(number, []) != ([row.code] if row.code else []):
            account.unexplained.append((number, "must be", row.code, "is", codes.get(number)))
    for message in messages:
        number = int(message.headers["row"])
        if json.loads(message.value) != rows[number - 1].fields:
            account.unexplained.append((number, "is not its row", message.value))
    return account


def distinct(records):
    """({id: record}, how many there are with their repetitions)"""
    return {record["id"]: record for record in records}, len(records)

