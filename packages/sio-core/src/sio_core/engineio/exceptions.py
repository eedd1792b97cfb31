"""The exceptions of the Engine.IO API, which servers and clients share.

Applications catch them; of these `ConnectionError` alone is raised here. The others are the names
that python-engineio has.
"""

from __future__ import annotations

import builtins


class EngineIOError(Exception):
    """Every exception of the Engine.IO API derives from this one: catch it to catch all."""


class ConnectionError(EngineIOError, builtins.ConnectionError):
    """A connection could not be made; what broke it is its `__cause__`.

    Its second argument is what the server said when it refused the client, if it said something.
    """


class ContentTooLongError(EngineIOError):
    """A message is too long."""


class QueueEmpty(EngineIOError):
    """Nothing waits to be sent."""


class SocketIsClosedError(EngineIOError):
    """The connection has ended."""


class UnknownPacketError(EngineIOError):
    """A packet is none that can come."""


__all__ = [
    "ConnectionError",
    "ContentTooLongError",
    "EngineIOError",
    "QueueEmpty",
    "SocketIsClosedError",
    "UnknownPacketError",
]
