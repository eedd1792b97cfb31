"""What an `Agent` and its driver say to each other.

A pipe is a connection that the driver opens, by a number that the agent gives it:
TCP, with TLS if the order asks for it. A driver carries out orders one after
another and knows nothing of what flows through its pipes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class OpenPipe:
    """Connect, then call `pipe_opened`, or `pipe_lost` with what prevented it.

    With a `server_name` the pipe begins with TLS, under this name, and is open once that stands.
    """

    pipe: int
    host: str
    port: int
    server_name: str | None


@dataclass(slots=True)
class SecurePipe:
    """Begin TLS on an open pipe, then call `pipe_secured`, or `pipe_lost`."""

    pipe: int
    server_name: str


@dataclass(slots=True)
class WritePipe:
    """Send bytes; there is at most one such order for a pipe in one batch.

    With `reused` true the pipe was idle, and its peer may have closed it meanwhile: look first.
    If it did, or sent anything, write nothing, close the pipe and call `pipe_stale`, later.
    """

    pipe: int
    data: bytes = field(repr=False)
    reused: bool = False


@dataclass(slots=True)
class ClosePipe:
    """Close the pipe once what was written to it has been sent; it may not be open yet.

    Nothing is heard of it again.
    """

    pipe: int


Order: TypeAlias = OpenPipe | SecurePipe | WritePipe | ClosePipe


@dataclass(slots=True)
class Answered:
    """The whole answer to a request, with its body decoded."""

    id: int
    status: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Failed:
    """A request has no answer and will have none."""

    id: int
    error: Exception


@dataclass(slots=True)
class SocketOpened:
    """The WebSocket stands."""

    id: int


@dataclass(slots=True)
class SocketFrame:
    """One whole message came through a WebSocket."""

    id: int
    frame: str | bytes = field(repr=False)


@dataclass(slots=True)
class SocketLost:
    """A WebSocket has ended, or was not opened: then `status` and `body` are the server's answer.

    `error` is None when it was closed in order. `code` is that of the peer's close
    frame: 1005 for one without a code, None for no close frame at all.
    """

    id: int
    error: Exception | None = None
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    code: int | None = None


Result: TypeAlias = Answered | Failed | SocketOpened | SocketFrame | SocketLost
