"""The first packet of a session, as a server writes it (Engine.IO protocol 4, "Handshake")."""

from __future__ import annotations

from collections.abc import Sequence
from json import JSONEncoder

from .config import Config
from .packets import OPEN

ENCODE = JSONEncoder(separators=(",", ":")).encode


def write_open_packet(sid: str, upgrades: Sequence[str], config: Config) -> str:
    """The packet that names the session and says what the client has to know of `config`."""
    return OPEN + ENCODE(
        {
            "sid": sid,
            "upgrades": list(upgrades),
            "pingInterval": round(config.advertised_interval * 1000),
            "pingTimeout": round(config.ping_timeout * 1000),
            "maxPayload": config.max_payload,
        }
    )
