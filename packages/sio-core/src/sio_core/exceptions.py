"""The exceptions of the Socket.IO API, which servers and clients share.

Applications catch and raise these; the core itself never does (see `protocol_errors`).
"""

from __future__ import annotations

import builtins
from typing import Any


class SocketIOError(Exception):
    """Every exception of the Socket.IO API derives from this one: catch it to catch all."""


class ConnectionError(SocketIOError, builtins.ConnectionError):
    """A connection could not be made; what broke it is its `__cause__`.

    `data` is what the server said when it refused the client, by namespace
    when some of several were refused; None when it said nothing.
    """

    data: Any = None


class ConnectionRefusedError(ConnectionError):
    """Raise it in a connect handler to refuse the client.

    Without arguments the client is told a standard message. The first argument
    is the message; one more is its `data`, several more are `data` as a list.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.error_args: dict[str, Any]
        if not args:
            self.error_args = {"message": "Connection rejected by server"}
        elif len(args) == 1:
            self.error_args = {"message": str(args[0])}
        else:
            data = args[1] if len(args) == 2 else list(args[1:])
            self.error_args = {"message": str(args[0]), "data": data}


class TimeoutError(SocketIOError, builtins.TimeoutError):
    """The other side did not answer in time."""


class BadNamespaceError(SocketIOError):
    """The namespace is not connected."""


class DisconnectedError(SocketIOError):
    """The connection is gone, and with it the answer that was waited for."""


class CallAbortedError(TimeoutError, DisconnectedError):
    """The client left before it answered: no answer will come in time."""


__all__ = [
    "BadNamespaceError",
    "CallAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "DisconnectedError",
    "SocketIOError",
    "TimeoutError",
]
