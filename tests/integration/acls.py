"""What Kafka lets nobody do any more, and lets again. The broker's authorizer allows everything of what has
no rule of its own (scripts/stack.d/kafka.sh); Debian's confluent_kafka (1.7) cannot make rules."""

import struct
from contextlib import contextmanager

from wire import array, ask, text

CREATE_ACLS, DELETE_ACLS = (30, 1), (31, 1)  # api, version
TOPIC, LITERAL = 2, 3
ANY, WRITE, DESCRIBE = 1, 4, 8
DENY, ALLOW = 2, 3


def rule(topic, operation, permission):
    everybody = text("User:*") + text("*")
    return struct.pack(">b", TOPIC) + text(topic) + struct.pack(">b", LITERAL) + everybody + struct.pack(
        ">bb", operation, permission
    )


class Acls:
    def __init__(self, servers):
        self.servers = servers

    def create(self, *rules):
        answer = ask(self.servers, CREATE_ACLS, array(rules))
        answer.take("i")
        made = answer.array(lambda: (answer.take("h"), answer.text()))
        assert all(error == 0 for error, _ in made), made

    def delete(self, topic):
        nobody = struct.pack(">hh", -1, -1)
        wanted = struct.pack(">b", TOPIC) + text(topic) + struct.pack(">b", LITERAL) + nobody
        answer = ask(self.servers, DELETE_ACLS, array([wanted + struct.pack(">bb", ANY, ANY)]))
        answer.take("i")
        (count, error) = answer.take("i"), answer.take("h")
        assert (count, error) == (1, 0), error

    @contextmanager
    def denied(self, topic, seen):
        """Nobody may write to it; seen: whether one may know that it is there."""
        rules = [rule(topic, WRITE, DENY)]
        if seen:
            rules.append(rule(topic, DESCRIBE, ALLOW))
        self.create(*rules)
        try:
            yield
        finally:
            self.delete(topic)
