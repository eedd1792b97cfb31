"""The documented keyword arguments of the clients, turned into frozen settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sio_core import engineio, socketio
from sio_core.socketio import TRUSTED, Parser
from sio_core.socketio.serializers import choose_parser, limits_from

from .settings import Settings

RECONNECTION = (
    "reconnection",
    "reconnection_attempts",
    "reconnection_delay",
    "reconnection_delay_max",
    "randomization_factor",
)
OWN = (
    "engineio_logger",
    "handle_sigint",
    "http_session",
    "settings",
    "redirects_to_other_hosts",
    "ssl_verify",
    "websocket_extra_options",
)
COUNTS = ("max_handler_threads",)
"""Limits of the clients' own, each a whole number."""
TRANSPORTS = ("polling", "websocket")


@dataclass(slots=True)
class Options:
    """Everything a client was told, sorted by who needs it."""

    core: socketio.ClientConfig
    parser: Parser
    engineio_logger: bool | logging.Logger = False
    handle_sigint: bool = True
    max_handler_threads: int = 32
    http_session: Any = None
    settings: Settings | None = None
    redirects_to_other_hosts: bool = False
    ssl_verify: bool = True
    websocket_extra_options: Mapping[str, Any] | None = None
    ignored: list[str] = field(default_factory=list)


def read_options(kwargs: Mapping[str, Any], *, serializer: Any, json: Any) -> Options:
    """Sort the keyword arguments of a client. Raises ValueError for a wrong value.

    TypeError for settings of another kind.

    Unknown names are ignored, as documented; they are listed in `ignored`.
    """
    given = dict(kwargs)
    engine: dict[str, Any] = {"timestamps": bool(given.pop("timestamp_requests", True))}
    if "request_timeout" in given:
        engine["handshake_timeout"] = given.pop("request_timeout")
    for name in ("upgrade_timeout", "max_queue_bytes"):
        if name in given:
            engine[name] = given.pop(name)
    core: dict[str, Any] = {name: given.pop(name) for name in RECONNECTION if name in given}
    if "max_pending_acks" in given:
        core["max_pending_acks"] = given.pop("max_pending_acks")
    options = Options(
        core=socketio.ClientConfig(engine=engineio.ClientConfig(**engine), **core),
        parser=choose_parser(
            serializer,
            json,
            limits_from(given, TRUSTED),
            max_attachments_out=given.pop("max_attachments_out", 10),
        ),
    )
    for name in OWN:
        if name in given:
            setattr(options, name, given.pop(name))
    for name in COUNTS:
        if name in given:
            setattr(options, name, _count(name, given.pop(name)))
    if not isinstance(options.settings, Settings | None):
        raise TypeError("settings must be a sio_client.Settings")
    if options.settings is not None and options.http_session is not None:
        raise ValueError("http_session and settings say the same: pass one of them")
    options.ignored = sorted(given)
    return options


def _count(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1")
    return value


def read_transports(value: Any) -> tuple[str, ...]:
    """The transports of a `transports` argument. Raises ValueError when none is valid."""
    if value is None:
        return TRANSPORTS
    names = [value] if isinstance(value, str) else list(value)
    valid = tuple(dict.fromkeys(name for name in names if name in TRANSPORTS))
    if not valid:
        raise ValueError(f"No valid transports in {names!r}: use 'polling', 'websocket' or both")
    return valid
