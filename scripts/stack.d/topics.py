"""What is in the topics and what the groups have done: topics.py BROKERS"""

import signal
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition

# topic, and the group that works it off
ROWS = [("product", "product-creator"), ("event", "event-creator"), ("stock", "stock-creator"), ("error", None)]
TIMEOUT = 5


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


def ends(consumer, topic, partitions):
    marks = [consumer.get_watermark_offsets(TopicPartition(topic, p), TIMEOUT) for p in partitions]
    return [low for low, _ in marks], [high for _, high in marks]


def committed(consumer, topic, lows):
    """What is done per partition; a group that has never committed is at the beginning."""
    answer = consumer.committed([TopicPartition(topic, p) for p in range(len(lows))], TIMEOUT)
    return [low if at.offset < 0 else at.offset for low, at in zip(lows, answer)]


def count_records(consumer, topic, lows, highs):
    """Counts what is really there: offsets also count the marks of transactions."""
    open_ones = {p for p, (low, high) in enumerate(zip(lows, highs)) if low < high}
    consumer.assign([TopicPartition(topic, p, lows[p]) for p in open_ones])
    count = 0
    while open_ones:
        messages = consumer.consume(10000, 0.2)
        count += sum(1 for m in messages if m.error() is None)
        open_ones -= {m.partition() for m in messages if m.error() is not None}
    return count


def describe(brokers, topic, group):
    consumer = connect(brokers, group or "strapi-feeds-status")
    try:
        found = consumer.list_topics(topic, TIMEOUT).topics[topic]
        if found.error is not None:
            return "not there yet"
        lows, highs = ends(consumer, topic, range(len(found.partitions)))
        if group is None:
            return f"records {count_records(consumer, topic, lows, highs)}"
        done = committed(consumer, topic, lows)
        left = sum(highs) - sum(done)
        return f"end {sum(highs)}  done {sum(done) - sum(lows)}  left {left}  ({group})"
    finally:
        consumer.close()


def main():
    # `scripts/stack status | head` is no reason for a traceback.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for topic, group in ROWS:
        try:
            text = describe(sys.argv[1], topic, group)
        except KafkaException as problem:
            text = f"no answer: {problem.args[0].str()}"
        print(f"  {topic:<9} {text}")


if __name__ == "__main__":
    main()
