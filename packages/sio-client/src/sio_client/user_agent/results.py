"""What an `Agent` reports of the requests and WebSockets that it was asked for, by their ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class Answered:
    """An `Answered` is the whole answer to a request, with its body decoded."""

    id: int
    status: int
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Failed:
    """A `Failed` says that a request has no answer and will have none."""

    id: int
    error: Exception


@dataclass(slots=True)
class SocketOpened:
    """A `SocketOpened` says that the WebSocket stands."""

    id: int


@dataclass(slots=True)
class SocketFrame:
    """A `SocketFrame` is one whole message that came through a WebSocket."""

    id: int
    frame: str | bytes = field(repr=False)


@dataclass(slots=True)
class SocketLost:
    """A `SocketLost` says that a WebSocket has ended or was not opened.

    `status` and `body` are the server's answer where it was not opened.
    `error` is None when it was closed in order. `code` is that of the peer's close
    frame: 1005 for one without a code, None for no close frame at all.
    """

    id: int
    error: Exception | None = None
    status: int | None = None
    body: bytes = field(default=b"", repr=False)
    code: int | None = None


Result: TypeAlias = Answered | Failed | SocketOpened | SocketFrame | SocketLost
