"""A feed on its way: one entity, with a topic, an error topic, a group and keys of its own, so that many
flows go through one stack side by side."""

import uuid

from account import account_of_messages, account_of_rows, distinct
from effects import effects_of
from feeds import FEEDS
from waiting import wait_for

# Kafka gives the partitions of a killed consumer to another one after this time; by default 45 s.
NOTICED = {"RDKAFKA_SESSION_TIMEOUT_MS": "6000", "RDKAFKA_HEARTBEAT_INTERVAL_MS": "1000"}
# What hangs is given up soon, and what only takes long on two cores is not.
SOON = {"REQUEST_TIMEOUT": "5s", "PRODUCT_GRACE": "0s"}


# More batches, more points at which one can be interrupted.
BATCHES = {"BATCH_ITEMS": "20"}


class Flow:
    def __init__(self, case, entity, partitions=3, follows=False, **settings):
        """A flow of movements has products of its own, which are there at once; unless it follows others."""
        self.case = case
        self.broker = case.broker
        self.entity = entity
        self.name = f"{entity}-{uuid.uuid4().hex[:8]}"
        self.topic = self.name
        self.error_topic = f"error-{self.name}"
        self.health = case.folder / f"{self.name}.health"
        self.group = f"group-{self.name}"
        self.past = []
        self.settings = {
            "TOPIC": self.topic,
            "ERROR_TOPIC": self.error_topic,
            "GROUP_ID": self.group,
            "SINK": case.sink,
            "PRODUCT_TOPIC": f"product-{self.name}",
            "FEED_PROGRESS_TOPIC": f"progress-{self.name}",
            **NOTICED,
            **SOON,
            **BATCHES,
            **settings,
        }
        if partitions:
            self.broker.create_topic(self.topic, partitions)
        self.feed_anew(follows)

    # In

    def feed_anew(self, follows=False):
        """What is sent from now on has other keys, and the account is of that alone."""
        self.feed = FEEDS[self.entity](f"{self.case.chance.randrange(16**8):08x}", self.case.chance)
        self.effects = effects_of(self.entity, self.case.database, self.feed)
        self.past.append(self.effects)
        if self.entity == "stock" and not follows:
            self.effects.create_products()

    def renew_topic(self, count):
        """It is deleted and made anew, with so many other messages."""
        partitions = len(self.broker.partitions(self.topic))
        self.broker.delete_topics([self.topic])
        wait_for(lambda: not self.broker.partitions(self.topic), f"the end of {self.topic}")
        self.broker.create_topic(self.topic, partitions)
        self.feed_anew()
        return self.send(count)

    def follow(self, products, records):
        """Its movements are those of the products that these records of another flow make."""
        self.feed.keys = products.feed.keys
        self.effects.follow(products.feed, records)
        products.effects.leave_levels_out()

    def send(self, count, good=False):
        """So many more messages, straight into the topic; returns their records. good: none of them bad."""
        records = self.feed.make_good(count) if good else self.feed.make(count)
        self.send_records(records)
        return records

    def send_records(self, records):
        """Returns their (partition, offset)."""
        return self.broker.send(self.topic, [(record.key, record.value) for record in records])

    def write_feed(self, count, name="feed.csv"):
        """A file for our producer, in the form that its name tells; returns (its path, its records)."""
        records = self.feed.make(count, poison=False)
        path = self.case.folder / f"{self.name}-{name}"
        path.write_bytes(self.feed.file(records, name))
        return path, records

    def start_producer(self, *arguments, **settings):
        return self.start("producer", *arguments, **settings)

    # Through

    def start(self, kind, *arguments, **settings):
        return self.case.programs.start(f"{self.entity}-{kind}", *arguments, **{**self.settings, **settings})

    def start_consumer(self, *arguments, **settings):
        return self.start("consumer", *arguments, HEALTH_FILE=self.health, **settings)

    def await_outage(self):
        """Until its consumer says, for those who ask whether it is well, that it waits."""
        wait_for(lambda: self.health.exists() and "outage" in self.health.read_text(), f"an outage of {self.name}")

    def owners(self):
        return self.broker.owners(self.topic, self.group)

    def await_owned(self, members=1, deadline=120):
        """Until so many members share all partitions."""
        partitions = self.broker.partitions(self.topic)
        return wait_for(
            lambda: (lambda o: sorted(o) == partitions and len(set(o.values())) == members and o)(self.owners()),
            f"{members} owners of {self.topic}",
            deadline,
        )

    def await_touched(self, since, count, deadline=120):
        """Until so many entries were written since effects.marks() said that."""
        wait_for(lambda: self.effects.touched(since) >= count, f"{count} writes of {self.name}", deadline)

    def await_there(self, records, deadline=120):
        """Until each product of which a record is good exists."""
        wanted = {record.key for record in records if record.is_good}
        wait_for(
            lambda: wanted <= {row[self.effects.key_column] for row in self.effects.rows(self.effects.key_column)},
            f"the new entries of {self.name}",
            deadline,
        )

    def is_at_end(self):
        return self.broker.is_committed(self.topic, self.group)

    def await_end(self, deadline=180):
        """Until all of the topic is worked off."""
        ends = {p: end for p, end in self.ends().items() if end}
        wait_for(
            lambda: (lambda at: {p: at.get(p) for p in ends} == ends)(self.committed()),
            f"the end of {self.name}, {ends}",
            deadline,
        )

    # Out

    def messages(self):
        return self.broker.read(self.topic)

    def ends(self):
        return self.broker.ends(self.topic)

    def committed(self):
        return self.broker.committed(self.topic, self.group)

    def records(self):
        """({id: error record}, how many were written): what a consumer refused."""
        records = self.broker.errors(self.error_topic)
        return distinct([record for record in records if not record["id"].startswith("feed/")])

    def producer_records(self):
        """As they were written: no crash may double one."""
        records = self.broker.errors(self.error_topic)
        return [record for record in records if record["id"].startswith("feed/")]

    def refused_by_target(self):
        return [record for record in self.records()[0].values() if record["stage"] == "strapi"]

    def account(self, **more):
        return account_of_messages(self, **more)

    def account_of_rows(self, rows, name=None):
        return account_of_rows(self, rows, name)

    def close(self):
        """Nothing of it stays."""
        for effects in self.past:
            effects.delete()
        self.broker.forget(self.group)
        self.broker.delete_topics([self.topic, self.error_topic, self.settings["FEED_PROGRESS_TOPIC"]])
