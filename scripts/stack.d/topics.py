"""What is in the topics, how far the groups are, and how the consumers fare.

topics.py BROKERS HEALTH-FOLDER     a line a topic, for people
topics.py BROKERS --left            what is left in all topics, one number (for scripts/demo)

Where the columns come from:
    end, done, left   Kafka: ends of the partitions, and what the group has committed. These are offsets:
                      of what our producers send, a mark a transaction and partition counts as well
    rejected          the error topic: records about this topic, each id once
    outage            the file that each consumer keeps as its HEALTH_FILE, and whether the group has
                      a member at all. What Strapi says to us would be no answer: it may refuse the
                      consumer's token, or a single route
"""

import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

# topic, and the group that works it off
ROWS = [("product", "product-creator"), ("event", "event-creator"), ("stock", "stock-creator")]
ERRORS = "error"
TIMEOUT = 5
LINE = "  {:<9}{:>10}{:>10}{:>10}{:>10}  {}"
# As in common/service/health.h.
STALE_SECONDS = 30
# It is written every 5 s; twice in a row it may be late.
SILENT_SECONDS = 12
STATES = {"running": "no", "outage": "yes", "waiting": "waiting at its start"}


def connect(brokers, group):
    # Never subscribes: asking for a group's offsets must not make us one of its members.
    return Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "log_level": 3,
        }
    )


def places(consumer, topic):
    """None when there is no such topic."""
    found = consumer.list_topics(topic, TIMEOUT).topics[topic]
    if found.error is not None:
        return None
    return [TopicPartition(topic, partition) for partition in sorted(found.partitions)]


def mark(consumer, partition, which):
    asked = TopicPartition(partition.topic, partition.partition, which)
    [found] = consumer.offsets_for_times([asked], TIMEOUT)
    if found.error is not None:
        raise KafkaException(found.error)
    return found.offset


def marks(consumer, partitions):
    """(lows, highs). Not by get_watermark_offsets(): of its two requests one may fail, and then the
    answer is the other one twice, as if the partition were empty (librdkafka 2.0.2)."""
    return tuple([mark(consumer, p, which) for p in partitions] for which in (OFFSET_BEGINNING, OFFSET_END))


def progress(brokers, topic, group):
    """(end, done, left), or None when there is no such topic. A group that has never committed is at
    the beginning."""
    consumer = connect(brokers, group)
    try:
        partitions = places(consumer, topic)
        if partitions is None:
            return None
        lows, highs = marks(consumer, partitions)
        committed = consumer.committed(partitions, TIMEOUT)
        done = sum(max(at.offset, low) for at, low in zip(committed, lows)) - sum(lows)
        end = sum(highs) - sum(lows)
        return end, done, end - done
    finally:
        consumer.close()


def read_all(consumer, partitions):
    """The values of every message that is there now."""
    lows, highs = marks(consumer, partitions)
    open_ones = {p.partition for p, low, high in zip(partitions, lows, highs) if low < high}
    consumer.assign([TopicPartition(p.topic, p.partition, low) for p, low in zip(partitions, lows)])
    while open_ones:
        for message in consumer.consume(10000, 0.2):
            if message.error() is None:
                yield message.value()
            else:
                open_ones.discard(message.partition())


def topic_and_id(value):
    """Of an error record; other programs' records may be anything."""
    try:
        record = json.loads(value)
        return record.get("topic"), record["id"]
    except (TypeError, ValueError, KeyError, AttributeError):
        return None, value


def rejected(brokers):
    """Counter by topic; None is the key of records that name no topic. A record that was written twice
    after a crash has the same id twice."""
    consumer = connect(brokers, "strapi-feeds-status")
    try:
        partitions = places(consumer, ERRORS)
        records = {topic_and_id(value) for value in read_all(consumer, partitions or [])}
        return Counter(topic for topic, _ in records)
    finally:
        consumer.close()


def read_health(path, now):
    """What the consumer has said of itself, and how many seconds ago; None when it has said nothing."""
    try:
        written, state = path.read_text().split()
        return state, abs(now - int(written) / 1000)
    except (OSError, ValueError):
        return None, 0


def outage(state, age, has_members):
    """A consumer that waits at its start has not joined its group yet; one that was killed leaves its
    file behind, and for a while its place in the group."""
    fresh = age <= STALE_SECONDS
    if state == "waiting" and fresh:
        return STATES[state]
    if not has_members:
        return "no consumer"
    if state in STATES and age > SILENT_SECONDS:
        return f"stopped? silent for {age:.0f} s"
    return STATES.get(state, "not known")


def has_members(brokers, group):
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 3})
    return any(found.members for found in admin.list_groups(group, timeout=TIMEOUT))


def describe(brokers, topic, group, refused, health):
    found = progress(brokers, topic, group)
    said = read_health(health / f"{topic}-consumer", time.time())
    state = outage(*said, has_members(brokers, group))
    return LINE.format(topic, *(found or "---"), refused, state)


def print_table(brokers, health):
    refused = rejected(brokers)
    print(LINE.format("topic", "end", "done", "left", "rejected", "outage"))
    for topic, group in ROWS:
        print(describe(brokers, topic, group, refused.pop(topic, 0), health))
    others = sum(refused.values())
    if others:
        print(f"  and {others} error records about other topics, or none")


def print_left(brokers):
    print(sum(found[2] for found in (progress(brokers, *row) for row in ROWS) if found))


def main():
    # `scripts/stack status | head` is no reason for a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    brokers, what = sys.argv[1:]
    try:
        if what == "--left":
            print_left(brokers)
        else:
            print_table(brokers, Path(what))
    except KafkaException as problem:
        sys.exit(f"  no answer: {problem.args[0].str()}")


if __name__ == "__main__":
    main()
