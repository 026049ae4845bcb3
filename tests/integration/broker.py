"""Kafka as the tests see it: messages in, error records out, what a group has committed."""

import json
import struct
import time
from collections import namedtuple

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

import wire
from waiting import POLL, wait_for

TIMEOUT = 15
# One question, perhaps to a broker that has just died.
ASK = 3
Message = namedtuple("Message", "partition offset key value headers timestamp")


def patiently(ask, failed=lambda: None):
    """A topic that was made, or a broker that was started, a moment ago has no leader, or no
    coordinator, yet."""
    end = time.monotonic() + TIMEOUT
    while True:
        try:
            return ask()
        except KafkaException:
            if time.monotonic() > end:
                raise
            failed()
            time.sleep(POLL)


class Broker:
    def __init__(self, servers, isolation="read_committed"):
        """isolation: whether read() and ends() pass over what is in open transactions, and behind them."""
        self.servers = servers
        self.isolation = isolation
        self.config = {"bootstrap.servers": servers, "log_level": 0}
        self.admin = AdminClient(self.config)
        self.producer = Producer(
            {**self.config, "acks": "all", "linger.ms": 5, "partitioner": "murmur2_random", "message.max.bytes": 2000000}
        )
        self.askers = {}

    def close(self):
        for asker in self.askers.values():
            asker.close()

    def asker(self, group="tests"):
        """Never subscribes: asking for a group's offsets must not make us one of its members."""
        if group not in self.askers:
            self.askers[group] = self.reader(group)
        return self.askers[group]

    def forget(self, group):
        """Nobody will ask about it any more."""
        if group in self.askers:
            self.askers.pop(group).close()

    def reader(self, group):
        return Consumer(
            {
                **self.config,
                "group.id": group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "isolation.level": self.isolation,
            }
        )

    # Topics

    def create_topic(self, name, partitions=3, **config):
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        # -1: as many replicas as the cluster says.
        topic = NewTopic(name, partitions, -1, config=settings)
        self.admin.create_topics([topic])[name].result(TIMEOUT)
        wait_for(lambda: len(self.partitions(name)) == partitions, f"topic {name}")

    def delete_topics(self, names):
        """Those that there are."""
        known = self.asker().list_topics(timeout=TIMEOUT).topics
        names = [name for name in names if name in known]
        for deleted in self.admin.delete_topics(names, operation_timeout=TIMEOUT).values() if names else ():
            deleted.result(TIMEOUT)

    def delete_topic(self, name):
        self.admin.delete_topics([name], operation_timeout=TIMEOUT)[name].result(TIMEOUT)

    def delete_records(self, topic, offsets):
        wire.delete_records(self.servers, topic, offsets)

    def alter_topic(self, name, **config):
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        resource = ConfigResource(ConfigResource.Type.TOPIC, name, set_config=settings)
        self.admin.alter_configs([resource])[resource].result(TIMEOUT)

    def setting(self, topic, name):
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        return self.admin.describe_configs([resource])[resource].result(TIMEOUT)[name].value

    def partitions(self, topic):
        """Empty when there is no such topic."""
        # Asked by name, an unknown topic may be answered from a client's memory: ask for all.
        found = self.asker().list_topics(timeout=TIMEOUT).topics.get(topic)
        if found is None or found.error is not None:
            return []
        return sorted(p for p, about in found.partitions.items() if about.leader >= 0)

    def ends(self, topic):
        """{partition: end}"""
        return {p: self.marks(topic, p)[1] for p in self.partitions(topic)}

    def marks(self, topic, partition):
        """(low, high). Not by get_watermark_offsets(): of its two requests one may fail, and then the
        answer is the other one twice, as if the partition were empty (librdkafka 2.0.2)."""
        return tuple(self.mark(topic, partition, which) for which in (OFFSET_BEGINNING, OFFSET_END))

    def mark(self, topic, partition, which):
        def ask():
            [found] = self.asker().offsets_for_times([TopicPartition(topic, partition, which)], ASK)
            if found.error is not None:
                raise KafkaException(found.error)
            return found.offset

        # A client of librdkafka 2.0.2 goes on asking a leader that is dead: the next one is a new one.
        return patiently(ask, lambda: self.forget("tests"))

    # Messages

    def send(self, topic, messages):
        """messages: (key, value) or (key, value, headers). Returns their (partition, offset)."""
        places = [None] * len(messages)
        failed = []

        def report(place):
            def delivered(error, message):
                if error is not None:
                    failed.append(error)
                else:
                    places[place] = (message.partition(), message.offset())

            return delivered

        for place, (key, value, *headers) in enumerate(messages):
            self.producer.produce(
                topic, value, key, headers=headers[0] if headers else None, on_delivery=report(place)
            )
        assert self.producer.flush(TIMEOUT) == 0 and not failed, failed[:1]
        return places

    def read(self, topic):
        """All messages, from the first to the end."""
        partitions = self.partitions(topic)
        if not partitions:
            return []
        reader = self.reader("tests-reading")
        try:
            reader.assign([TopicPartition(topic, p, 0) for p in partitions])
            return self.read_to_end(reader, set(partitions))
        finally:
            reader.close()

    def read_to_end(self, reader, left):
        messages = []
        end = time.monotonic() + TIMEOUT
        while left:
            assert time.monotonic() < end, f"partitions {left} cannot be read to their end"
            for message in reader.consume(10000, 0.1):
                if message.error() is None:
                    messages.append(message)
                elif message.error().name() == "_PARTITION_EOF":
                    left.discard(message.partition())
        return [
            Message(m.partition(), m.offset(), m.key(), m.value(), dict(m.headers() or []), m.timestamp()[1])
            for m in messages
        ]

    def errors(self, topic):
        """The error records, each a dict."""
        return [json.loads(message.value) for message in self.read(topic)]

    # Groups

    def committed(self, topic, group):
        """{partition: offset}; a partition nobody has committed is not in it."""
        wanted = [TopicPartition(topic, p) for p in self.partitions(topic)]
        found = patiently(lambda: self.asker(group).committed(wanted, ASK))
        return {p.partition: p.offset for p in found if p.offset >= 0}

    def commit(self, topic, group, offsets):
        """In the group's name, which has no member now."""
        wanted = [TopicPartition(topic, p, offset) for p, offset in offsets.items()]
        patiently(lambda: self.asker(group).commit(offsets=wanted, asynchronous=False))

    def notes(self, topic, group):
        """{partition: (offset, note)}"""
        return wire.notes(self.servers, group, topic, self.partitions(topic))

    def commit_noted(self, topic, group, offsets):
        """offsets: {partition: (offset, note)}"""
        patiently(lambda: wire.commit(self.servers, group, topic, offsets))

    def is_committed(self, topic, group):
        """Whether the group has committed the end of every partition."""
        ends = self.ends(topic)
        committed = self.committed(topic, group)
        return len(ends) > 0 and all(committed.get(p, 0) == end for p, end in ends.items())

    def delete_group(self, group):
        wire.delete_group(self.servers, group)

    def groups(self, name):
        return patiently(lambda: self.admin.list_groups(name, timeout=TIMEOUT))

    def members(self, group):
        """Their ids, also of those that have just come, or have no partition."""
        return [member.id for found in self.groups(group) for member in found.members]

    def owners(self, topic, group):
        """{partition: id of the member that has it}"""
        owners = {}
        for found in self.groups(group):
            if found.state != "Stable":
                return {}
            for member in found.members:
                owners.update({p: member.id for p in assigned(member.assignment, topic)})
        return owners


def assigned(blob, topic):
    """The partitions of a topic in a consumer protocol assignment: version, then an array of
    (topic, array of partitions)."""
    if len(blob) < 6:
        return []
    (topics,) = struct.unpack_from(">i", blob, 2)
    at = 6
    for _ in range(topics):
        (length,) = struct.unpack_from(">h", blob, at)
        name = blob[at + 2 : at + 2 + length].decode()
        at += 2 + length
        (count,) = struct.unpack_from(">i", blob, at)
        partitions = struct.unpack_from(f">{count}i", blob, at + 4)
        at += 4 + 4 * count
        if name == topic:
            return partitions
    return []
