"""What an HTTP exchange asks of its driver, one step at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ..values import Headers, Response
from .link import Link
from .session import Session


@dataclass(frozen=True, slots=True)
class Authorize:
    """Ask the application, then call `Exchange.allow` or `Exchange.deny`.

    `origin` is set when the application decides about origins itself;
    `handshake` is true when a new session is about to be made.
    """

    origin: str | None
    handshake: bool


@dataclass(frozen=True, slots=True)
class ReadBody:
    """Read the request's body, then call `receive_body`.

    Count the bytes and the chunks as they come, empty ones too: at more than `limit` bytes
    or `max_chunks` chunks call `body_too_large` and read no further. When the client hangs up
    first, call `lost`.

    The body may also come too late. `Server.take_ready` names the exchange then, and its step
    is the `Response`: stop reading and send that.
    """

    limit: int
    max_chunks: int


@dataclass(frozen=True, slots=True)
class AwaitCapacity:
    """Wait until the application takes more, then call `hand_on`.

    The client gets no answer meanwhile, so it sends nothing more, and its
    session misses no pong. When the client hangs up first, call `lost`.
    """

    session: Session


@dataclass(frozen=True, slots=True)
class Suspend:
    """Wait until `Server.take_ready` names this exchange, then call `resume`.

    When the client hangs up first, call `lost`.
    """

    session: Session


class SuspendBeside(Suspend):
    """The same for a poll that came while its session had a candidate, or after its upgrade."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class UpgradeToWebSocket:
    """Accept the WebSocket with `headers`, then call `link.opened`.

    When the handshake fails, call `link.lost`.
    """

    link: Link
    headers: Headers = field(repr=False)


Step: TypeAlias = Authorize | ReadBody | AwaitCapacity | Suspend | UpgradeToWebSocket | Response
