"""What an `Agent` orders of its driver.

A pipe is a connection that the driver opens, by a number that the agent gives it:
TCP, with TLS if the order asks for it. A driver carries out orders one after
another and knows nothing of what flows through its pipes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(slots=True)
class OpenPipe:
    """An `OpenPipe` orders to connect.

    Then call `pipe_opened`, or `pipe_lost` with what prevented it.
    With a `server_name` the pipe begins with TLS, under this name, and is open once that stands.
    """

    pipe: int
    host: str
    port: int
    server_name: str | None


@dataclass(slots=True)
class SecurePipe:
    """A `SecurePipe` orders to begin TLS on an open pipe.

    Then call `pipe_secured`, or `pipe_lost`.
    """

    pipe: int
    server_name: str


@dataclass(slots=True)
class WritePipe:
    """A `WritePipe` orders to send bytes; there is at most one for a pipe in one batch.

    With `reused` true the pipe was idle, and its peer may have closed it meanwhile: look first.
    If it did, or sent anything, write nothing, close the pipe and call `pipe_stale`, later.
    """

    pipe: int
    data: bytes = field(repr=False)
    reused: bool = False


@dataclass(slots=True)
class ClosePipe:
    """A `ClosePipe` orders to close the pipe once what was written to it has been sent.

    The pipe may not be open yet.
    Nothing is heard of it again.
    """

    pipe: int


Order: TypeAlias = OpenPipe | SecurePipe | WritePipe | ClosePipe
