"""The opening handshake of a WebSocket: what either side has to check of it (RFC 6455, section 4).

Nothing here parses HTTP: header names are in lower case, and a problem is a text, or the response
that tells the client of it.
"""

from __future__ import annotations

from base64 import b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Final

from ..values import Headers, Request, Response

KEY: Final = "sec-websocket-key"
"""The header with the client's key."""
INVALID_KEY: Final = "Invalid Sec-WebSocket-Key"
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PLAIN: Final = ("content-type", "text/plain")
_CONTROL: Final = frozenset("\r\n\0")


def accept_key(key: str) -> str:
    """Return the value of `Sec-WebSocket-Accept` that answers `key`."""
    # Section 4.2.2, step 5.4: the key and the GUID, "taking the SHA-1 hash", in base64.
    digest = sha1((key + _GUID).encode("latin-1"), usedforsecurity=False).digest()
    return b2a_base64(digest, newline=False).decode("ascii")


# The server's side ------------------------------------------------------------


def wants_websocket(request: Request) -> bool:
    """Return whether `request` asks for a WebSocket, properly or not."""
    return _has("websocket", request.header("upgrade")) and _has(
        "upgrade", request.header("connection")
    )


def check_request(http_version: str, keys: Sequence[str]) -> str:
    """Return what is wrong with a request of `http_version` ("1.1") that has these `keys`, or "".

    For requests that something else answers. Whether a key is valid is checked by whoever
    answers: the test clients of frameworks send no key.
    """
    if http_version == "1.0":
        return "A WebSocket needs HTTP/1.1"
    return INVALID_KEY if len(keys) > 1 else ""


def check_keys(keys: Sequence[str]) -> str:
    """Return what is wrong with the `keys` of a request that is to be answered, or ""."""
    return "" if len(keys) == 1 and _is_key(keys[0]) else INVALID_KEY


def check_opening(request: Request, http_version: str = "1.1") -> Response | None:
    """Return the response that refuses `request` as no proper opening of a WebSocket, or None.

    For a driver that answers the opening itself: `request` was parsed, `http_version` is its
    version of HTTP. Source: RFC 6455, sections 4.2.1 and 4.4.
    """
    if request.method != "GET":
        return Response(405, (_PLAIN, ("allow", "GET")), b"Method Not Allowed")
    if http_version == "1.0":
        return _bad_opening("A WebSocket needs HTTP/1.1")
    # By name, of a repeated one the first: six are looked at.
    named = dict(reversed(request.headers))
    repeated: list[str] = []
    if len(named) < len(request.headers):
        names = [name for name, _ in request.headers]
        repeated = [name for name in ("host", KEY) if names.count(name) > 1]
    if not _has("websocket", named.get("upgrade", "")) or not _has(
        "upgrade", named.get("connection", "")
    ):
        return _bad_opening("Upgrade: websocket is missing")
    host = named.get("host", "")
    if not host.isascii() or not host or "host" in repeated:  # RFC 9112, section 3.2
        return _bad_opening("Invalid Host")
    if (version := named.get("sec-websocket-version", "")) != "13":
        status = 426 if version else 400
        headers = (_PLAIN, ("sec-websocket-version", "13"))
        return Response(status, headers, b"Unsupported Sec-WebSocket-Version")
    if KEY in repeated or not _is_key(named.get(KEY, "")):
        return _bad_opening(INVALID_KEY)
    return None


def answer_headers(request: Request) -> Headers:
    """Return the headers of the answer, of status 101, that opens the WebSocket of `request`.

    For a driver that has a framework write the answer. Source: RFC 6455, section 4.2.2.
    """
    return (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(request.header(KEY).strip())),
    )


def switching_protocols(request: Request, headers: Headers = ()) -> bytes:
    """Return the whole head of the response that opens the WebSocket of `request`.

    `headers` are sent beside those of the opening. Raises `ValueError` where one of them would
    be the end of its line. Source: RFC 6455, section 4.2.2.
    """
    lines = [f"{name}: {value}" for name, value in (*answer_headers(request), *headers)]
    for line in lines:
        if not _CONTROL.isdisjoint(line):
            raise ValueError(f"a header must not have the end of a line in it: {line!r}")
    return "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""]).encode("latin-1")


def _bad_opening(problem: str) -> Response:
    return Response(400, (_PLAIN,), problem.encode())


def _is_key(text: str) -> bool:
    # Section 4.2.1: "when decoded, is 16 bytes in length".
    try:
        return len(a2b_base64(text.strip(), strict_mode=True)) == 16
    except ValueError:
        return False


# The client's side ------------------------------------------------------------


def make_key(nonce: bytes) -> str:
    """Return the key that stands for `nonce`, 16 bytes that were drawn for this handshake alone."""
    return b64encode(nonce).decode("ascii")


def request_headers(key: str) -> list[tuple[str, str]]:
    """Return the headers that ask for a WebSocket with `key` (section 4.1)."""
    return [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
    ]


def check_answer(
    values: Callable[[str], Sequence[str]], key: str, subprotocols: Sequence[str] = ()
) -> str:
    """Return what is wrong with an answer of status 101 to a request with `key`, or "".

    `values` gives the values of all headers of a name, in order; `subprotocols` are those that
    the request offered. No extension may be used.
    """
    if next(iter(values("upgrade")), "").lower() != "websocket":
        return "the server switched to something that is not a WebSocket"
    if not _has("upgrade", ",".join(values("connection"))):
        return "the server's WebSocket handshake has no 'Connection: Upgrade'"
    if list(values("sec-websocket-accept")) != [accept_key(key)]:
        return "the server's WebSocket handshake is not an answer to ours"
    if any(values("sec-websocket-extensions")):
        return "the server uses a WebSocket extension that was not asked for"
    chosen = ", ".join(values("sec-websocket-protocol"))
    if chosen and chosen not in subprotocols:
        return "the server uses a WebSocket subprotocol that was not asked for"
    return ""


def _has(token: str, value: str) -> bool:
    """Whether `token` is in a list of them."""
    value = value.lower()
    return value == token or token in [each.strip() for each in value.split(",")]
