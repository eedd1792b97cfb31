"""What differs between the revisions of the protocol: a table for each, chosen once a connection.

Socket.IO protocol revision 5 is that of today. Revision 4 is what clients of Engine.IO 3 speak,
which is Socket.IO 1 and 2; of its revision 3 nothing differs that a server would see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..slices import Slices
from ..values import Frame, parse_query
from .parsers.packets import CONNECT, Packet
from .parsers.parser import Decoder


@dataclass(frozen=True, slots=True)
class Dialect:
    """A `Dialect` says how one revision of the Socket.IO protocol works.

    With `joins_root` the server connects every client to `/` by itself. `derive_sid` makes the sid
    of a socket of the id of its session and its namespace; None: sids are new ids. `tells_sid` is
    true where the answer to a connect request says it. `refusal` makes what a client is told of
    what it is to be told by revision 5.
    """

    joins_root: bool
    derive_sid: Callable[[str, str], str] | None
    tells_sid: bool
    refusal: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _older_sid(session_id: str, namespace: str) -> str:
    """What the client itself takes for its id: it is told none."""
    return session_id if namespace == "/" else f"{namespace}#{session_id}"


def _older_refusal(data: Any) -> Any:
    """Older clients show their users whatever comes, and know no object with a message."""
    if not isinstance(data, dict):
        return data
    return data.get("data") or data.get("message", data)


class OlderDecoder:
    """This decoder makes today's packets of those that `decoder` finds in the frames of a client.

    A query behind a namespace is no part of its name, and stands for `auth` in a connect request.
    """

    __slots__ = ("_decoder",)

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    @property
    def pending(self) -> bool:
        """True while a packet waits for its binary attachments."""
        return self._decoder.pending

    def add(self, frame: Frame) -> Packet | None:
        """Take one frame: see `Decoder.add`."""
        return _translate(self._decoder.add(frame))

    def add_in_slices(self, frame: Frame) -> Slices[Packet | None]:
        """Do what `add` does, for a long frame."""
        add = getattr(self._decoder, "add_in_slices", None)
        packet = self._decoder.add(frame) if add is None else (yield from add(frame))
        return _translate(packet)


def _translate(packet: Packet | None) -> Packet | None:
    if packet is not None and (packet.type == CONNECT or "?" in packet.namespace):
        packet.namespace, _, query = packet.namespace.partition("?")
        if packet.type == CONNECT:
            packet.data = parse_query(query) if query else None
    return packet


TODAY: Final = Dialect(
    joins_root=False,
    derive_sid=None,
    tells_sid=True,
    refusal=_same,
)
OLDER: Final = Dialect(
    joins_root=True,
    derive_sid=_older_sid,
    tells_sid=False,
    refusal=_older_refusal,
)
