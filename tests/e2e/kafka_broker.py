"""One Kafka broker (KRaft, no ZooKeeper) on a free port of the loopback, and a reader of its topics."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from harness import DEADLINE, Process, wait_for

JARS = pathlib.Path(os.environ["PORTCULLIS_SDKS"]) / "kafka"
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*"]
CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{controller}
listeners={listener}://{address},CONTROLLER://{controller}
advertised.listeners={listener}://{address}
controller.listener.names=CONTROLLER
inter.broker.listener.name={listener}
listener.security.protocol.map={listener}:{listener},CONTROLLER:PLAINTEXT
log.dirs={folder}/data
num.partitions=3
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
controller.quorum.election.timeout.ms=200
controller.quorum.fetch.timeout.ms=500
num.network.threads=1
num.io.threads=2
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
{more}
"""


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % probe.getsockname()[1]


class Broker:
    def __init__(self, listener="PLAINTEXT", more="", **client):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pc-kafka-"))
        self.address = free_address()
        self.client = {"bootstrap.servers": self.address, **client}
        self.settings = self.folder / "server.properties"
        self.settings.write_text(SETTINGS.format(folder=self.folder, address=self.address, listener=listener, more=more,
                                                 controller=free_address()))
        done = subprocess.run([*JAVA, "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.settings],
                              capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, done.stderr
        self.start()

    def start(self, wait=True):
        self.process = Process("kafka", [*JAVA, "kafka.Kafka", self.settings])
        if wait:
            wait_for(self._answers, "the broker")

    def _answers(self):
        try:
            return AdminClient({**self.client, "log_level": 0}).list_topics(timeout=2).brokers
        except Exception:  # not yet
            return None

    def kill(self):
        self.process.stop(signal.SIGKILL)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder)

    def read(self, topic):
        """All messages of the topic, by partition and offset."""
        consumer = Consumer({**self.client, "group.id": "reader", "enable.auto.commit": False})
        try:
            partitions = consumer.list_topics(topic, timeout=DEADLINE).topics[topic].partitions
            places = [TopicPartition(topic, p, 0) for p in partitions]
            ends = [consumer.get_watermark_offsets(p, timeout=DEADLINE)[1] for p in places]
            consumer.assign(places)
            messages = []
            while len(messages) < sum(ends):
                message = consumer.poll(DEADLINE)
                assert message and not message.error(), f"{len(messages)} of {sum(ends)} messages came: {message}"
                messages.append(message)
        finally:
            consumer.close()
        return sorted(messages, key=lambda m: (m.partition(), m.offset()))
