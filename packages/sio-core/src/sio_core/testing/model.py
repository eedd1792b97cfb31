"""A Socket.IO client in memory, written from the protocol: the server's counterpart in tests.

It does what a careful client does and complains of every server that does not
keep to Socket.IO protocol revision 5. `engine` is its Engine.IO half, which the
network talks to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..values import Frame
from .codec import ProtocolViolation, Reader, Spoken, write
from .engine_model import EngineModel

__all__ = ["ClientModel", "ProtocolViolation", "Received"]


@dataclass(frozen=True, slots=True)
class Received:
    """This event came from the server; with `ack_id` the server wants an answer."""

    namespace: str
    name: Any
    args: list[Any] = field(default_factory=list)
    ack_id: int | None = None


class ClientModel:
    """A `ClientModel` plays one client: it keeps its namespaces, and all that it was told.

    `sids` are the ids of the namespaces that are connected, `refused` what was
    said of the others, `events` all events in the order of arrival, and `acks`
    the answers by namespace and id. A namespace that the server ended is in
    `ended`.
    """

    def __init__(self, transports: tuple[str, ...] = ("polling", "websocket")) -> None:
        self.engine = EngineModel(transports, self._message)
        self.sids: dict[str, str] = {}
        self.refused: dict[str, Any] = {}
        self.ended: list[str] = []
        self.events: list[Received] = []
        self.acks: dict[tuple[str, int], list[Any]] = {}
        self._reader = Reader()
        self._last_id: dict[str, int] = {}
        self._asked: set[str] = set()
        self._left: set[str] = set()

    @property
    def closed(self) -> str | None:
        """Why the connection ended, or None."""
        return self.engine.closed

    # Wishes of the user ---------------------------------------------------

    def connect(self, namespace: str = "/", auth: dict[str, Any] | None = None) -> None:
        """Ask for `namespace`, with `auth` for the server's connect handler."""
        self._asked.add(namespace)
        self._left.discard(namespace)
        self._say(Spoken(0, namespace, auth))

    def emit(self, name: Any, *args: Any, namespace: str = "/") -> None:
        """Send the event `name` with `args` in `namespace`."""
        self._say(Spoken(2, namespace, [name, *args]))

    def emit_with_ack(self, name: Any, *args: Any, namespace: str = "/") -> int:
        """Send the event `name` with `args` in `namespace`, for the server to acknowledge.

        Returns its id, which counts from 0; the answer will be in `acks`.
        """
        ack_id = self._last_id.get(namespace, -1) + 1
        self._last_id[namespace] = ack_id
        self._say(Spoken(2, namespace, [name, *args], ack_id))
        return ack_id

    def ack(self, event: Received, *args: Any) -> None:
        """Acknowledge an `event` with `args`."""
        self._say(Spoken(3, event.namespace, list(args), event.ack_id))

    def disconnect(self, namespace: str = "/") -> None:
        """Leave `namespace`."""
        self.sids.pop(namespace, None)
        self._left.add(namespace)
        self._say(Spoken(1, namespace))

    def raw(self, *packets: Frame) -> None:
        """Send the Engine.IO `packets` as they are, good or bad."""
        self.engine.send(list(packets))

    def _say(self, spoken: Spoken) -> None:
        self.engine.send(write(spoken))

    # From the server ------------------------------------------------------

    def _message(self, message: Frame) -> None:
        spoken = self._reader.read(message)
        if spoken is None:
            return
        if spoken.kind in (0, 4):
            self._answered(spoken)
        elif spoken.namespace in self._left:
            pass  # it was on its way when the client left
        elif spoken.namespace not in self.sids and spoken.kind != 1:
            raise ProtocolViolation("a packet for a namespace that is not connected")
        elif spoken.kind == 1:
            self.sids.pop(spoken.namespace, None)
            self._asked.discard(spoken.namespace)
            self.ended.append(spoken.namespace)
        elif spoken.kind == 2:
            name, *args = spoken.data
            self.events.append(Received(spoken.namespace, name, args, spoken.id))
        else:
            self._acknowledged(spoken)

    def _answered(self, spoken: Spoken) -> None:
        namespace = spoken.namespace
        if namespace in self._left:
            return
        if namespace not in self._asked:
            raise ProtocolViolation("an answer to a request that was not made")
        self._asked.discard(namespace)
        if spoken.kind == 4:
            self.refused[namespace] = spoken.data
        else:
            self.sids[namespace] = spoken.data["sid"]

    def _acknowledged(self, spoken: Spoken) -> None:
        assert spoken.id is not None
        key = (spoken.namespace, spoken.id)
        if key in self.acks or spoken.id > self._last_id.get(spoken.namespace, -1):
            raise ProtocolViolation("an acknowledgement that was not asked for")
        self.acks[key] = spoken.data
