"""What an administrator does to records and groups, and Debian's confluent_kafka (1.7) does not offer: the requests of
Kafka's protocol, in the oldest version that Kafka 4 takes (https://kafka.apache.org/protocol).

    wire = Wire("127.0.0.1:9092"); wire.delete_records("product", {0: 500})
"""

import socket
import struct

TIMEOUT = 15
OFFSET_COMMIT, OFFSET_FETCH, DELETE_RECORDS, DELETE_GROUPS = 8, 9, 21, 42
# NOT_LEADER, COORDINATOR_LOADING, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR are for a cluster; the broker that is
# asked here leads all there is.
GROUP_ID_NOT_FOUND = 69


def text(value):
    raw = value.encode()
    return struct.pack(">h", len(raw)) + raw


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    """Reads from the front."""

    def __init__(self, raw):
        self.raw = raw
        self.at = 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.raw, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.take("h")
        if length < 0:
            return None
        self.at += length
        return self.raw[self.at - length : self.at].decode()

    def array(self, read):
        return [read() for _ in range(self.take("i"))]


class Wire:
    def __init__(self, broker):
        """A single broker: it leads every partition, and coordinates every group."""
        host, port = broker.split(":")
        self.address = host, int(port)

    def ask(self, key, version, body):
        with socket.create_connection(self.address, TIMEOUT) as connection:
            request = struct.pack(">hhi", key, version, 1) + text("tests") + body
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as answers:
                (length,) = struct.unpack(">i", answers.read(4))
                answer = Answer(answers.read(length))
        assert answer.take("i") == 1
        return answer

    def delete_records(self, topic, offsets):
        """Everything below them is gone, as when its retention had run out."""
        partitions = [struct.pack(">iq", partition, offset) for partition, offset in offsets.items()]
        body = array([text(topic) + array(partitions)]) + struct.pack(">i", TIMEOUT * 1000)
        answer = self.ask(DELETE_RECORDS, 0, body)
        answer.take("i")
        [(_, found)] = answer.array(
            lambda: (answer.text(), answer.array(lambda: (answer.take("i"), answer.take("q"), answer.take("h"))))
        )
        assert {p: (low, error) for p, low, error in found} == {p: (at, 0) for p, at in offsets.items()}

    def delete_group(self, group):
        """With all that it has committed. It must have no members any more."""
        answer = self.ask(DELETE_GROUPS, 0, array([text(group)]))
        answer.take("i")
        [(_, error)] = answer.array(lambda: (answer.text(), answer.take("h")))
        assert error in (0, GROUP_ID_NOT_FOUND), error

    def notes(self, topic, group, partitions):
        """{partition: (offset, note)}: what is committed, with its metadata."""
        wanted = [struct.pack(">i", partition) for partition in partitions]
        answer = self.ask(OFFSET_FETCH, 1, text(group) + array([text(topic) + array(wanted)]))
        [(_, found)] = answer.array(
            lambda: (
                answer.text(),
                answer.array(lambda: (answer.take("i"), answer.take("q"), answer.text(), answer.take("h"))),
            )
        )
        assert not any(error for *_, error in found), found
        return {partition: (offset, note) for partition, offset, note, _ in found if offset >= 0}

    def commit(self, topic, group, notes):
        """{partition: (offset, note)} in the name of the group, which has no members now."""
        partitions = [struct.pack(">iq", p, offset) + text(note) for p, (offset, note) in notes.items()]
        body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1)
        answer = self.ask(OFFSET_COMMIT, 2, body + array([text(topic) + array(partitions)]))
        [(_, found)] = answer.array(
            lambda: (answer.text(), answer.array(lambda: (answer.take("i"), answer.take("h"))))
        )
        assert not any(error for _, error in found), found
