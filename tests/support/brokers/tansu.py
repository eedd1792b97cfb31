"""Tansu, a broker that speaks Kafka's protocol and keeps everything in memory."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import KafkaError

from tests.support.brokers.broker import Broker, greets


class Tansu(Broker):
    """One broker for Kafka's clients. It has topics that it was told to make, and no others."""

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
        )

    def ready(self) -> bool:
        """Tell whether it makes topics: it makes anew those that it had before it ended."""
        if not greets(self.port, b"", b""):
            return False
        try:
            self._make_topics(self._topics)
        except KafkaError:
            return False
        return True

    def new_channel(self) -> str:
        """Return a new topic, with one partition. It is there after a restart too, but empty."""
        name = super().new_channel()
        self._topics.append(name)
        self._make_topics([name])
        return name

    def _make_topics(self, names: Sequence[str]) -> None:
        if names:
            admin = KafkaAdminClient(bootstrap_servers=self.address)
            try:
                admin.create_topics([NewTopic(name, 1, 1) for name in names])
            finally:
                admin.close()
