"""The documented keyword arguments, turned into the core's frozen settings."""

from __future__ import annotations

import logging
import math
import warnings
from binascii import b2a_base64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from os import urandom
from typing import Any, TypedDict

from sio_core import engineio, socketio
from sio_core.cookies import Attribute, Cookie
from sio_core.cors import CALLBACK, Policy
from sio_core.option_names import unknown_option
from sio_core.socketio import Limits, Parser
from sio_core.socketio.serializers import choose_parser, limits_from

ID_BYTES = 15
"""120 random bits: 20 characters of text."""
URL_SAFE = bytes.maketrans(b"+/", b"-_")


def generate_id() -> str:
    """Return a fresh id of 20 characters that cannot be guessed."""
    # `base64.urlsafe_b64encode`, without three calls: two of these are made for each client.
    return b2a_base64(urandom(ID_BYTES), newline=False).translate(URL_SAFE).decode("ascii")


class ServerOptions(TypedDict, total=False):
    """These are the options of `Server` and `AsyncServer` that their signatures do not name.

    Times are in seconds, sizes in bytes; "Options" in the documentation describes each, with its
    default. For example::

        sio = AsyncServer(
            cors_allowed_origins=["https://example.org"],
            max_http_buffer_size=5_000_000,
            max_sessions_per_address=100,
        )
    """

    async_mode: str | None
    engineio_logger: bool | logging.Logger | Any
    # data
    max_attachments: int
    max_attachment_bytes: int
    max_attachments_out: int | None
    max_json_depth: int
    max_int_digits: int
    max_containers: int
    # connections
    ping_interval: float | tuple[float, float]
    ping_timeout: float
    connect_timeout: float
    accept_timeout: float | None
    upgrade_timeout: float
    attachment_timeout: float
    transports: str | Collection[str]
    allow_upgrades: bool
    allow_eio3: bool
    jsonp: bool
    generate_id: Callable[[], Any] | None
    # limits
    max_http_buffer_size: int
    max_payload_packets: int
    max_fragments: int
    max_queue_messages: int
    max_queue_bytes: int
    slow_client_timeout: float
    body_timeout: float
    max_body_chunks: int
    max_sessions: int
    max_sessions_per_address: int | None
    max_header_bytes: int
    max_namespaces: int
    max_pending_acks: int
    max_running_handlers: int
    max_threads: int
    # browsers and proxies
    cors_allowed_origins: str | Collection[str] | Callable[..., Any] | None
    cors_credentials: bool | None
    allow_request: Callable[..., Any] | None
    cookie: str | Mapping[str, Attribute] | None
    trusted_proxies: str | Collection[str]
    http_compression: bool
    compression_threshold: int
    # without effect
    monitor_clients: bool
    binary: bool | None


@dataclass(slots=True)
class Options:
    """The options of a server, sorted by the part that needs them."""

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
    cookie_given: Any = None
    origins_given: Any = None


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
    "allow_eio3": "allow_eio3",
}
CORE_NAMES = (
    "connect_timeout",
    "accept_timeout",
    "attachment_timeout",
    "max_namespaces",
    "max_pending_acks",
)
COUNTS = (
    "max_http_buffer_size",
    "max_payload_packets",
    "max_fragments",
    "max_queue_messages",
    "max_queue_bytes",
    "max_body_chunks",
    "max_sessions",
    "max_header_bytes",
    "max_namespaces",
    "max_pending_acks",
    "max_running_handlers",
    "max_threads",
    "max_attachments",
    "max_attachment_bytes",
    "max_json_depth",
    "max_int_digits",
    "max_containers",
)
TIMES = (
    "ping_timeout",
    "connect_timeout",
    "upgrade_timeout",
    "attachment_timeout",
    "slow_client_timeout",
    "body_timeout",
)
TIMES_OR_NONE = ("accept_timeout",)
OWN_NAMES = ("async_mode", "engineio_logger", "allow_request", "generate_id")


def read_options(
    kwargs: Mapping[str, Any], *, serializer: Any, json: Any, owner: str = "a server"
) -> Options:
    """Sort the keyword arguments of the server that is called `owner`.

    Raises ValueError for a wrong value. Warns of a name that is no option.
    """
    given = dict(kwargs)
    check_numbers(given)
    given.pop("monitor_clients", None)  # heartbeats are exact: there is no monitor to turn off
    given.pop("message_queue", None)  # Flask-SocketIO hands on its own: it has made a manager of it
    if given.pop("binary", None) is not None:
        warnings.warn(
            "binary is not used any more: bytes arguments are always sent as binary",
            DeprecationWarning,
            stacklevel=4,
        )
    origins = given.get("cors_allowed_origins")
    engine = engine_config(given)
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
        cookie_given=kwargs.get("cookie"),
        origins_given=origins,
    )
    for name in OWN_NAMES:
        if name in given:
            setattr(options, name, given.pop(name))
    proxies = given.pop("trusted_proxies", ())
    options.trusted_proxies = (proxies,) if isinstance(proxies, str) else tuple(proxies)
    options.max_running = given.pop("max_running_handlers", options.max_running)
    options.max_threads = given.pop("max_threads", options.max_threads)
    for name in sorted(given):
        text = unknown_option(owner, name, ServerOptions.__annotations__)
        warnings.warn(text, UserWarning, stacklevel=4)
    return options


def check_numbers(given: Mapping[str, Any]) -> None:
    """Raise ValueError for an option that is no number of its kind."""
    for name in COUNTS:
        value = given.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
    per_address = given.get("max_sessions_per_address")
    if per_address is not None and (not isinstance(per_address, int) or per_address < 1):
        raise ValueError(
            f"max_sessions_per_address must be None or a whole number of at least 1, "
            f"not {per_address!r}"
        )
    for name in (*TIMES, *TIMES_OR_NONE):
        value = given.get(name, 1)
        if value is None and name in TIMES_OR_NONE:
            continue
        if not isinstance(value, int | float) or not 0 < value < math.inf:
            raise ValueError(f"{name} must be a number of seconds above 0, not {value!r}")


def engine_config(given: dict[str, Any]) -> engineio.Config:
    """Take what the core of Engine.IO needs out of the options `given`, and return it.

    Raises ValueError for a wrong value.
    """
    values = {ours: given.pop(theirs) for theirs, ours in ENGINE_NAMES.items() if theirs in given}
    interval = given.pop("ping_interval", None)
    if isinstance(interval, tuple | list):
        values["ping_interval"], values["ping_grace"] = interval
    elif interval is not None:
        values["ping_interval"] = interval
    transports = given.pop("transports", None)
    if transports is not None:
        values["transports"] = check_transports(transports)
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


def check_transports(value: Any) -> tuple[str, ...]:
    """Return the names of transports in `value`. Raises ValueError where there is none."""
    names = [value] if isinstance(value, str) else list(value)
    valid = tuple(name for name in names if name in ("polling", "websocket"))
    if not valid:
        raise ValueError(f"No valid transports in {names!r}: use 'polling', 'websocket' or both")
    return valid
