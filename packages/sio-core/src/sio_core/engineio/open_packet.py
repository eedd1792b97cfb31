"""The first packet of a session, as a server writes it (Engine.IO protocol 4, "Handshake")."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from json import JSONEncoder

from .config import Config
from .packets import OPEN

ENCODE = JSONEncoder(separators=(",", ":")).encode


def write_open_packet(sid: str, upgrades: Sequence[str], config: Config) -> str:
    """The packet that names the session and says what the client has to know of `config`."""
    rest = _settings(
        tuple(upgrades), config.advertised_interval, config.ping_timeout, config.max_payload
    )
    return f'{OPEN}{{"sid":{ENCODE(sid)},{rest}'


# The same for nearly all clients of a server: 5 µs of each.
@lru_cache(maxsize=16)
def _settings(upgrades: tuple[str, ...], interval: float, timeout: float, max_payload: int) -> str:
    """The packet without its beginning, which has the id."""
    settings = {
        "upgrades": upgrades,
        "pingInterval": round(interval * 1000),
        "pingTimeout": round(timeout * 1000),
        "maxPayload": max_payload,
    }
    return ENCODE(settings)[1:]
