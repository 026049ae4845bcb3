"""What Debian's Python client cannot ask a broker: the notes of committed offsets, and to delete records or a group.
Kafka's protocol by hand, for the single broker of a test's stack, which is every group's coordinator."""

import socket
import struct
from contextlib import contextmanager

TIMEOUT = 15
OFFSET_COMMIT, OFFSET_FETCH, DELETE_RECORDS, DELETE_GROUPS = (8, 2), (9, 1), (21, 1), (42, 0)  # api, version


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        length = self.take("h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def array(self, item):
        return [item() for _ in range(self.take("i"))]


@contextmanager
def connection(servers):
    host, port = servers.split(",")[0].rsplit(":", 1)
    with socket.create_connection((host, int(port)), TIMEOUT) as stream:
        yield stream.makefile("rwb")


def ask(servers, request, body):
    message = struct.pack(">hhi", *request, 1) + text("tests") + body
    with connection(servers) as stream:
        stream.write(struct.pack(">i", len(message)) + message)
        stream.flush()
        (length,) = struct.unpack(">i", stream.read(4))
        answer = Answer(stream.read(length))
    assert answer.take("i") == 1
    return answer


def notes(servers, group, topic, partitions):
    """{partition: (offset, note)} of what the group has committed."""
    body = text(group) + array([text(topic) + array([struct.pack(">i", p) for p in partitions])])
    answer = ask(servers, OFFSET_FETCH, body)
    found = {}

    def partition():
        number, offset, note, error = answer.take("i"), answer.take("q"), answer.text(), answer.take("h")
        assert error == 0
        if offset >= 0:
            found[number] = (offset, note)

    def one_topic():
        answer.text()
        answer.array(partition)

    answer.array(one_topic)
    return found


def commit(servers, group, topic, offsets):
    """offsets: {partition: (offset, note)}, in the name of a group that has no member."""
    places = [struct.pack(">iq", p, offset) + text(note) for p, (offset, note) in offsets.items()]
    body = text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1)
    answer = ask(servers, OFFSET_COMMIT, body + array([text(topic) + array(places)]))
    errors = []

    def one_topic():
        answer.text()
        answer.array(lambda: errors.append((answer.take("i"), answer.take("h"))[1]))

    answer.array(one_topic)
    assert set(errors) == {0}, errors


def delete_records(servers, topic, offsets):
    """{partition: offset}: what is below is gone, as by retention."""
    places = [struct.pack(">iq", p, offset) for p, offset in offsets.items()]
    body = array([text(topic) + array(places)]) + struct.pack(">i", TIMEOUT * 1000)
    answer = ask(servers, DELETE_RECORDS, body)
    answer.take("i")  # throttled
    errors = []

    def partition():
        answer.take("i"), answer.take("q")
        errors.append(answer.take("h"))

    def one_topic():
        answer.text()
        answer.array(partition)

    answer.array(one_topic)
    assert set(errors) == {0}, errors


def delete_group(servers, group):
    """With all that it has committed; it must have no member."""
    answer = ask(servers, DELETE_GROUPS, array([text(group)]))
    answer.take("i")  # throttled
    errors = answer.array(lambda: (answer.text(), answer.take("h")))
    assert errors == [(group, 0)], errors
