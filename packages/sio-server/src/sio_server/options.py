"""The documented keyword arguments, turned into the core's frozen settings."""

from __future__ import annotations

import logging
import secrets
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sio_core import engineio, socketio
from sio_core.cookies import Cookie
from sio_core.cors import CALLBACK, Policy
from sio_core.socketio import Limits, Parser
from sio_core.socketio.serializers import choose_parser, limits_from

ID_BYTES = 15
"""120 random bits: 20 characters of text."""

KNOWN_LATER = {
    "allow_eio3": "clients of Socket.IO 1 and 2 (Engine.IO 3) are not supported yet",
}


def generate_id() -> str:
    """A fresh id of 20 characters that cannot be guessed."""
    return urlsafe_b64encode(secrets.token_bytes(ID_BYTES)).decode("ascii")


@dataclass(slots=True)
class Options:
    """Everything a server was told, sorted by who needs it."""

    engine: engineio.Config
    core: socketio.Config
    parser: Parser
    async_mode: str | None = None
    engineio_logger: bool | logging.Logger = False
    origins: Callable[..., Any] | None = None
    allow_request: Callable[..., Any] | None = None
    generate_id: Callable[[], Any] | None = None
    trusted_proxies: tuple[str, ...] = ()
    max_running: int = 1000
    max_threads: int = 1000
    ignored: list[str] = field(default_factory=list)


ENGINE_NAMES = {
    "ping_timeout": "ping_timeout",
    "max_http_buffer_size": "max_payload",
    "allow_upgrades": "allow_upgrades",
    "http_compression": "compression",
    "compression_threshold": "compression_threshold",
    "upgrade_timeout": "upgrade_timeout",
    "max_payload_packets": "max_payload_packets",
    "max_fragments": "max_fragments",
    "max_queue_messages": "max_queue_messages",
    "max_queue_bytes": "max_queue_bytes",
    "slow_client_timeout": "slow_client_timeout",
    "max_sessions": "max_sessions",
    "max_sessions_per_address": "max_sessions_per_address",
    "max_header_bytes": "max_header_bytes",
    "body_timeout": "body_timeout",
    "max_body_chunks": "max_body_chunks",
    "jsonp": "jsonp",
}
CORE_NAMES = ("connect_timeout", "attachment_timeout", "max_namespaces", "max_pending_acks")
OWN_NAMES = ("async_mode", "engineio_logger", "allow_request", "generate_id")


def read_options(kwargs: Mapping[str, Any], *, serializer: Any, json: Any) -> Options:
    """Sort the keyword arguments of a server. Raises ValueError for a wrong value.

    Unknown names are ignored, as documented; they are listed in `ignored`.
    """
    given = dict(kwargs)
    for name, why in KNOWN_LATER.items():
        if given.pop(name, False):
            raise ValueError(f"{name}: {why}")
    given.pop("monitor_clients", None)  # heartbeats are exact: there is no monitor to turn off
    if given.pop("binary", None) is not None:
        warnings.warn(
            "binary is not used any more: bytes arguments are always sent as binary",
            DeprecationWarning,
            stacklevel=4,
        )
    origins = given.get("cors_allowed_origins")
    engine = _engine_config(given)
    limits = limits_from(given, Limits(), engine.max_payload)
    options = Options(
        engine=engine,
        core=socketio.Config(**{name: given.pop(name) for name in CORE_NAMES if name in given}),
        parser=choose_parser(
            serializer,
            json,
            limits,
            max_attachments_out=given.pop("max_attachments_out", 10),
        ),
        origins=origins if callable(origins) else None,
    )
    for name in OWN_NAMES:
        if name in given:
            setattr(options, name, given.pop(name))
    proxies = given.pop("trusted_proxies", ())
    options.trusted_proxies = (proxies,) if isinstance(proxies, str) else tuple(proxies)
    options.max_running = given.pop("max_running_handlers", options.max_running)
    if options.max_running < 1:
        raise ValueError("max_running_handlers must be at least 1")
    options.max_threads = given.pop("max_threads", options.max_threads)
    if options.max_threads < 1:
        raise ValueError("max_threads must be at least 1")
    options.ignored = sorted(given)
    return options


def _engine_config(given: dict[str, Any]) -> engineio.Config:
    values = {ours: given.pop(theirs) for theirs, ours in ENGINE_NAMES.items() if theirs in given}
    interval = given.pop("ping_interval", None)
    if isinstance(interval, tuple | list):
        values["ping_interval"], values["ping_grace"] = interval
    elif interval is not None:
        values["ping_interval"] = interval
    transports = given.pop("transports", None)
    if transports is not None:
        values["transports"] = _transports(transports)
    cookie = given.pop("cookie", None)
    if cookie is not None:
        values["cookie"] = Cookie(cookie)
    origins = given.pop("cors_allowed_origins", None)
    values["cors"] = Policy(
        CALLBACK if callable(origins) else origins,
        credentials=given.pop("cors_credentials", None),
    )
    asks = given.get("allow_request") is not None or given.get("generate_id") is not None
    return engineio.Config(**values, authorize=asks)


def _transports(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else list(value)
    valid = tuple(name for name in names if name in ("polling", "websocket"))
    if not valid:
        raise ValueError(f"No valid transports in {names!r}: use 'polling', 'websocket' or both")
    return valid
