"""The NATS server."""

from tests.support.brokers.broker import Broker, greets


class NATS(Broker):
    """One server, without JetStream."""

    component = "nats-server"

    @property
    def url(self) -> str:
        """What a manager is given."""
        return f"nats://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Start the server."""
        self.spawn(self.program, "--addr", "127.0.0.1", "--port", str(self.port))

    def ready(self) -> bool:
        """Tell whether it greets who comes."""
        return greets(self.port, b"", b"INFO ")
