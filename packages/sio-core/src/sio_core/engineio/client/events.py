"""What an Engine.IO client reports, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ...reasons import Reason
from ...values import Frame

# Not frozen at run time: see sio_core.engineio.session.


@dataclass(slots=True)
class ConnectionOpened:
    """The server sent its open packet: messages can be sent."""


@dataclass(slots=True)
class MessageReceived:
    """The server sent a message."""

    data: Frame = field(repr=False)


@dataclass(slots=True)
class TransportUpgraded:
    """The connection went from polling to WebSocket."""


@dataclass(slots=True)
class ConnectionLost:
    """The connection is over, or could not be made, for `reason`; this is its last event.

    `cause` is what the driver reported with the failure that ended it, if one
    did. `status` and `body` are the answer of a server that refused the
    handshake over HTTP.
    """

    reason: Reason
    cause: Any = None
    status: int | None = None
    body: bytes = field(default=b"", repr=False)


ClientEvent: TypeAlias = ConnectionOpened | MessageReceived | TransportUpgraded | ConnectionLost
