"""The brokers of one worker: those that tests share, and those of their own."""

from pathlib import Path

from tests.support.brokers.broker import Broker
from tests.support.brokers.kinds import make_broker


class Brokers:
    """The brokers of one worker, each of which is started when it is asked for first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._shared: dict[str, Broker] = {}
        self._made: list[Broker] = []

    def shared(self, kind: str) -> Broker:
        """Return the broker of a kind that all tests share: it runs, whatever others did to it."""
        broker = self._shared.get(kind)
        if broker is None:
            broker = self._shared[kind] = self.own(kind)
        broker.resume()
        if not broker.alive():
            broker.restart()
        return broker

    def own(self, kind: str) -> Broker:
        """Return a running broker that nobody else has. Who asked stops it."""
        broker = make_broker(kind, self._directory / f"{kind}-{len(self._made)}")
        self._made.append(broker)
        broker.start()
        return broker

    def stop(self) -> None:
        """End them all."""
        for broker in self._made:
            broker.stop()
