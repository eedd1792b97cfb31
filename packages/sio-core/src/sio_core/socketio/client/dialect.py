"""What differs between the generations of servers, as a client of Socket.IO meets them.

A table for each: today's servers speak Engine.IO 4 and revision 5 of the Socket.IO protocol, those
of Socket.IO 2 and before speak Engine.IO 3 and revision 4 or 3. The path of a message is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from ...protocol_errors import LocalProtocolError
from ..parsers.packets import CONNECT, Packet

REFUSED = "the server refused the namespace"
NO_AUTH = (
    "a server of Socket.IO 2 or before is given no auth in the namespace '/': "
    "put it into the query of the URL, or into headers"
)
NOT_FLAT = (
    "a server of Socket.IO 2 or before takes as auth a dictionary of text, numbers and booleans"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A `Dialect` says how servers of one generation are spoken to.

    `connects_root` is true if the server connects every client to `/` by itself, without
    authentication. `requests` makes
    the packets that ask for namespaces, with authentication. `sid` returns the id that a CONNECT
    packet gives, when the id of the Engine.IO session is given too, None if there is none. `said`
    returns what the data of a refusal says. With `errors` a refusal of what is connected is an
    event with the name `error`; else it is the end of the namespace.
    """

    connects_root: bool
    requests: Callable[[tuple[str, ...], Any], list[Packet]]
    sid: Callable[[Packet, str], str | None]
    said: Callable[[Any], Any]
    errors: bool


# Socket.IO protocol revision 5 ------------------------------------------------------


def _request_all(namespaces: tuple[str, ...], auth: Any) -> list[Packet]:
    return [Packet(CONNECT, name, auth) for name in namespaces]


def _given_sid(packet: Packet, session: str) -> str | None:
    sid = packet.data.get("sid") if packet.data else None
    return sid if isinstance(sid, str) else None


def _as_it_is(data: Any) -> Any:
    return data


# Before: `/` is connected without being asked for, and there is no id in the packets.


def _request_others(namespaces: tuple[str, ...], auth: Any) -> list[Packet]:
    query = _query_of(auth)
    return [Packet(CONNECT, name + query) for name in namespaces if name != "/"]


def _query_of(auth: Any) -> str:
    if auth is None:
        return ""
    if not isinstance(auth, Mapping):
        raise LocalProtocolError(NOT_FLAT)
    pairs = [(_text_of(key), _text_of(value)) for key, value in auth.items()]
    try:
        return "?" + urlencode(pairs, quote_via=quote, safe="") if pairs else ""
    except UnicodeEncodeError:
        raise LocalProtocolError("auth has half of a character in it") from None


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise LocalProtocolError(NOT_FLAT)
    return str(value)


def _derived_sid(packet: Packet, session: str) -> str:
    return session if packet.namespace == "/" else f"{packet.namespace}#{session}"


def _as_message(data: Any) -> Any:
    """Return what a refusal says in the form that today's servers give it."""
    if isinstance(data, str):
        return {"message": data}
    if isinstance(data, dict) and isinstance(data.get("message"), str):
        return data
    return {"message": REFUSED, "data": data}


DIALECTS: Final[Mapping[int, Dialect]] = {
    3: Dialect(
        connects_root=True,
        requests=_request_others,
        sid=_derived_sid,
        said=_as_message,
        errors=True,
    ),
    4: Dialect(
        connects_root=False,
        requests=_request_all,
        sid=_given_sid,
        said=_as_it_is,
        errors=False,
    ),
}
"""By the revision of Engine.IO that a server speaks."""
