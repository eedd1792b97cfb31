"""What a client model asks of the network, each named by a number that the client chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ..values import Frame


@dataclass(frozen=True, slots=True)
class Ask:
    """Send an HTTP request; answer with `ClientModel.responded` or `failed`."""

    number: int
    method: str
    query: str
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Forget an HTTP request: the client hung up."""

    number: int


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a WebSocket; answer with `ClientModel.dialled` or `hung_up`."""

    number: int
    query: str


@dataclass(frozen=True, slots=True)
class Write:
    """Send one frame on a WebSocket."""

    number: int
    frame: Frame = field(repr=False)


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close a WebSocket."""

    number: int


Action: TypeAlias = Ask | Cancel | Dial | Write | HangUp
