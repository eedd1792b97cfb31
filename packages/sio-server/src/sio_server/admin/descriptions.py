"""How a client is described to the page, which calls that a `SerializedSocket`; no secrets."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sio_core.engineio import Session
from sio_core.socketio import Socket

from .redaction import cut, shown_headers, shown_id, shown_query, shown_url, without


def iso_time(seconds: float) -> str:
    """Return a time as JavaScript writes it: ISO 8601 with milliseconds, in UTC."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def client_id(session: Session) -> str:
    """Return what a connection is called on the page: the beginning of its secret id."""
    return shown_id(session.sid)


def socket_id(socket: Socket) -> str:
    """Return what a client is called on the page, which is its sid unless that is a secret."""
    return without(socket.session.sid, socket.sid)


def room_name(room: Hashable, session: Session | None) -> str:
    """Return the name of a room on the page, which knows texts alone."""
    name = room if isinstance(room, str) else str(room)
    return cut(name if session is None else without(session.sid, name), 1_000)


def rooms_of(socket: Socket) -> list[Hashable]:
    """Return the rooms of a client, its own first."""
    own: list[Hashable] = [socket.sid] if socket.personal else []
    return [*own, *(socket.rooms or ())]


def describe(
    socket: Socket, rooms: Iterable[Hashable], since: float, *, resolved: bool
) -> dict[str, Any]:
    """Describe a client that is in `rooms` and connected at `since`.

    `resolved` says whether the server knows the proxies in front of it, so that the address is
    that of the client.
    """
    session = socket.session
    return {
        "id": socket_id(socket),
        "clientId": client_id(session),
        "transport": session.transport,
        "nsp": socket.namespace,
        "data": {},
        "handshake": _handshake(session.driver.environ, since, resolved),
        "rooms": [room_name(room, session) for room in rooms],
    }


def _handshake(environ: Mapping[str, Any], since: float, resolved: bool) -> dict[str, Any]:
    headers = shown_headers(environ)
    address = str(environ.get("REMOTE_ADDR", ""))
    if not resolved:
        forwarded = headers.get("x-forwarded-for", "").partition(",")[0].strip()
        address = headers.get("cf-connecting-ip") or forwarded or address
    return {
        "address": cut(address),
        "headers": headers,
        "query": shown_query(str(environ.get("QUERY_STRING", ""))),
        "issued": int(since * 1_000),
        "secure": environ.get("wsgi.url_scheme") == "https",
        "time": iso_time(since),
        "url": shown_url(str(environ.get("RAW_URI", ""))),
        "xdomain": "origin" in headers,
    }
