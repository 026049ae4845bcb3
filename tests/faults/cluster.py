"""Brokers of a test's own: several of them, or one on a disk that can be full. The stack has one broker, which
all tests share; these start where a case needs them, and end with it.

    cluster = Cluster(folder, 3); cluster.up()
    cluster.kill(2); cluster.start(2)

Topics have as many replicas as there are brokers, up to three, and a write needs all of them but one.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from stack import ROOT
from waiting import wait_for

PLACES = ROOT / "scripts" / "setup.d" / "places.sh"
# A name for one cluster: 16 bytes in base64, which Kafka wants as its id.
CLUSTER_ID = "c3RyYXBpLWZlZWRzLTE2Yg"
# setpriv: a broker does not outlive the thread that started it, also if that is killed.
JAVA = ("setpriv", "--pdeathsig", "KILL", "java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
STOPPED = 30


def kafka_classes():
    home = subprocess.run(
        ["bash", "-c", f"source {PLACES}; kafka_home"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    return f"{home}/libs/*"


def free_ports(count):
    """Below the kernel's range for outgoing connections: a client that knocks at a broker that is away
    must not take its port."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    taken = []
    while len(taken) < count:
        one = socket.socket()
        try:
            one.bind(("127.0.0.1", random.randrange(10000, max(low, 12000))))
            taken.append(one)
        except OSError:
            one.close()
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


class Cluster:
    def __init__(self, folder, count=1, **settings):
        """settings: of every broker; log_dirs is given to a single one."""
        self.folder = Path(folder)
        self.numbers = range(1, count + 1)
        self.settings = {name.replace("_", "."): value for name, value in settings.items()}
        ports = free_ports(2 * count)
        self.ports = dict(zip(self.numbers, ports))
        self.controllers = dict(zip(self.numbers, ports[count:]))
        self.servers = ",".join(f"127.0.0.1:{port}" for port in self.ports.values())
        self.classes = kafka_classes()
        self.running = {}

    def up(self):
        for number in self.numbers:
            self.launch(number)
        for number in self.numbers:
            self.await_broker(number)

    def down(self):
        for number in list(self.running):
            self.kill(number)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, number=1):
        self.launch(number)
        self.await_broker(number)

    def stop(self, number=1):
        self.running[number].terminate()
        self.ended(number)

    def kill(self, number=1):
        self.running[number].kill()
        self.ended(number)

    def freeze(self, number=1):
        self.running[number].send_signal(signal.SIGSTOP)

    def thaw(self, number=1):
        self.running[number].send_signal(signal.SIGCONT)

    def ended(self, number=1):
        """Waits until it has ended, by whatever."""
        self.running[number].wait(STOPPED)
        del self.running[number]

    # One broker

    def launch(self, number):
        home = self.folder / str(number)
        if not (home / "formatted").exists():
            self.format(number)
        with open(home / "log", "ab") as log:
            self.running[number] = subprocess.Popen(
                self.java("kafka.Kafka", home / "properties"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def format(self, number):
        home = self.folder / str(number)
        home.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self.properties(number).items()]
        (home / "properties").write_text("".join(lines))
        command = self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", home / "properties")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
        (home / "formatted").touch()

    def java(self, *words):
        return [*JAVA, "-cp", self.classes, *map(str, words)]

    def await_broker(self, number):
        """Until it answers, and knows of itself: a broker whose session ran out is let in again only then."""
        process, port = self.running[number], self.ports[number]
        admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})

        def answers():
            assert process.poll() is None, f"broker {number} has ended: {self.last_words(number)}"
            try:
                return number in admin.list_topics(timeout=5).brokers
            except Exception:
                return False

        wait_for(answers, f"broker {number}")

    def last_words(self, number):
        return (self.folder / str(number) / "log").read_text(errors="replace")[-2000:]

    def properties(self, number):
        """As scripts/stack.d/kafka.sh has them: few partitions of the internal topics, and a broker that was killed
        is missed after three seconds."""
        replicas = min(3, len(self.numbers))
        return {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": ",".join(f"{n}@127.0.0.1:{port}" for n, port in self.controllers.items()),
            "listeners": f"PLAINTEXT://127.0.0.1:{self.ports[number]},"
            f"CONTROLLER://127.0.0.1:{self.controllers[number]}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.ports[number]}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.folder / str(number) / "data",
            "num.partitions": 3,
            "auto.create.topics.enable": "false",
            "default.replication.factor": replicas,
            "min.insync.replicas": max(1, replicas - 1),
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": 5,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": max(1, replicas - 1),
            "transaction.state.log.num.partitions": 5,
            "group.initial.rebalance.delay.ms": 0,
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 3000,
            "log.cleaner.dedupe.buffer.size": 16777216,
            **self.settings,
        }
