"""Tansu, a broker that speaks Kafka's protocol and keeps everything in memory.

Unlike Kafka it begins anew after a restart: offsets are 0 again, and a consumer that asks for a
later one is told nothing and waits; a producer that is idempotent gets errors for ever. A topic
that a client asks for is made at once, with four partitions.
"""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.support.brokers.broker import Broker, greets

ONE_THREAD = {"TOKIO_WORKER_THREADS": "1"}
"""The environment in which it publishes one message after another.

It gives a message its offset first and keeps it afterwards. With two threads a consumer has been
seen to get the second of two messages that come at once before the first is there, which it then
never gets: Kafka's own brokers promise the opposite.
"""


class Tansu(Broker):
    """One broker for Kafka's clients."""

    component = "tansu"
    ends_by: ClassVar[signal.Signals] = signal.SIGKILL  # the one signal that it heeds

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._topics: list[str] = []

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"kafka://{self.address}"

    @property
    def address(self) -> str:
        """What a client of Kafka takes as its bootstrap server."""
        return f"127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Start the broker."""
        listening = f"tcp://{self.address}"
        self.spawn(
            *(self.program, "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", listening, "--advertised-listener-url", listening),
            env=ONE_THREAD,
        )

    def ready(self) -> bool:
        """Tell whether it has the topics that it had before it ended."""
        return greets(self.port, b"", b"") and self.has_topics(self._topics)

    def new_channel(self) -> str:
        """Return a new topic, with one partition. It is there after a restart too, but empty."""
        name = super().new_channel()
        self._topics.append(name)
        assert self.wait(lambda: self.has_topics([name])), self.log()
        return name

    def has_topics(self, names: Sequence[str]) -> bool:
        """Tell whether topics are there with one partition; if not, make them anew."""
        if not names:
            return True
        admin = KafkaAdminClient(bootstrap_servers=self.address)
        try:
            found = {x["name"]: len(x["partitions"]) for x in admin.describe_topics(list(names))}
            wrong = [name for name, partitions in found.items() if partitions != 1]
            if too_many := [name for name in wrong if found[name]]:  # a client was faster
                admin.delete_topics(too_many)
            if wrong:
                admin.create_topics([NewTopic(name, 1, 1) for name in wrong])
            return not wrong
        except KafkaError:
            return False
        finally:
            admin.close()
