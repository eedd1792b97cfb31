"""The addresses of NATS that a manager takes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

SCHEMES = ("nats", "tls", "ws", "wss")


def read_addresses(url: str | Sequence[str]) -> list[str]:
    """Return the addresses of the servers. Raises `ValueError`, which shows no password."""
    found = [_read(text.strip()) for text in (url.split(",") if isinstance(url, str) else url)]
    if not found:
        raise ValueError("the address of the NATS names no server")
    if len({address.startswith("ws") for address in found}) > 1:
        raise ValueError("ws:// and wss:// do not go together with nats:// and tls://")
    return found


def _read(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in SCHEMES:
        shown = repr(scheme) if separator else "what has no ://"
        raise ValueError(f"{shown} is no address of a NATS: use nats://, tls://, ws:// or wss://")
    if not rest:
        return f"{scheme}://localhost"
    try:
        parts = urlsplit(text)
        valid = parts.hostname is not None and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("the address of the NATS has no valid host and port: nats://host:4222")
    return text
