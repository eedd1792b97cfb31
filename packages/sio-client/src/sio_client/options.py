"""The documented keyword arguments of the clients, turned into frozen settings."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from sio_core import engineio, socketio
from sio_core.option_names import unknown_option
from sio_core.socketio import TRUSTED, Parser
from sio_core.socketio.serializers import choose_parser, limits_from

from .settings.settings import Settings

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
QUEUE = ("max_handler_threads", "max_waiting_events", "max_waiting_bytes")
"""Limits of what handlers take at a time."""
COUNTS = (
    *QUEUE,
    "max_queue_bytes",
    "max_pending_acks",
    "max_attachments",
    "max_attachment_bytes",
    "max_json_depth",
    "max_int_digits",
    "max_containers",
)
TIMES = ("request_timeout", "upgrade_timeout")
TRANSPORTS = ("polling", "websocket")


class ClientOptions(TypedDict, total=False):
    """`ClientOptions` lists the options of both clients that their signatures do not name.

    Times are in seconds, sizes in bytes; "Options" in the documentation describes each, with its
    default. For example::

        sio = AsyncClient(request_timeout=10, settings=Settings(verify="company-ca.pem"))
    """

    engineio_logger: bool | logging.Logger | Any
    # the connection
    protocol: int | None
    request_timeout: float
    upgrade_timeout: float
    timestamp_requests: bool
    # how to reach the server
    http_session: Any
    settings: Settings | None
    ssl_verify: bool
    websocket_extra_options: Mapping[str, Any] | None
    redirects_to_other_hosts: bool
    # limits
    max_handler_threads: int
    max_waiting_events: int
    max_waiting_bytes: int
    max_queue_bytes: int
    max_pending_acks: int
    max_attachments: int
    max_attachment_bytes: int
    max_attachments_out: int | None
    max_json_depth: int
    max_int_digits: int
    max_containers: int


class AllClientOptions(ClientOptions, total=False):
    """`AllClientOptions` lists all options of both clients, which the simple clients pass on."""

    reconnection: bool
    reconnection_attempts: int
    reconnection_delay: float
    reconnection_delay_max: float
    randomization_factor: float
    logger: bool | logging.Logger | Any
    serializer: Any
    json: Any
    handle_sigint: bool


@dataclass(slots=True)
class Options:
    """`Options` holds the options of a client, sorted by the part that needs them."""

    core: socketio.ClientConfig
    parser: Parser
    engineio_logger: bool | logging.Logger = False
    handle_sigint: bool = True
    max_handler_threads: int = 32
    max_waiting_events: int = 10_000
    max_waiting_bytes: int = 128_000_000
    http_session: Any = None
    settings: Settings | None = None
    redirects_to_other_hosts: bool = False
    ssl_verify: bool = True
    websocket_extra_options: Mapping[str, Any] | None = None
    unheeded: set[str] = field(default_factory=set)
    """What of the session was said to have no effect."""


def read_options(
    kwargs: Mapping[str, Any], *, serializer: Any, json: Any, owner: str = "a client"
) -> Options:
    """Sort the keyword arguments of the client that is called `owner`.

    Raises ValueError for a wrong value, TypeError for one of another kind. Warns of a name that
    is no option.
    """
    given = dict(kwargs)
    _check(given)
    engine: dict[str, Any] = {"timestamps": bool(given.pop("timestamp_requests", True))}
    if "request_timeout" in given:
        engine["handshake_timeout"] = given.pop("request_timeout")
    for name in ("upgrade_timeout", "max_queue_bytes"):
        if name in given:
            engine[name] = given.pop(name)
    core: dict[str, Any] = {name: given.pop(name) for name in RECONNECTION if name in given}
    for name in ("max_pending_acks", "protocol"):
        if name in given:
            core[name] = given.pop(name)
    options = Options(
        core=socketio.ClientConfig(engine=engineio.ClientConfig(**engine), **core),
        parser=choose_parser(
            serializer,
            json,
            limits_from(given, TRUSTED),
            max_attachments_out=given.pop("max_attachments_out", 10),
        ),
    )
    for name in [name for name in given if name in OWN or name in QUEUE]:
        setattr(options, name, given.pop(name))
    if options.settings is not None and options.http_session is not None:
        raise ValueError("http_session and settings say the same: pass one of them")
    for name in sorted(given):
        text = unknown_option(owner, name, AllClientOptions.__annotations__)
        warnings.warn(text, UserWarning, stacklevel=3)
    return options


def _check(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name in COUNTS:
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
        elif name in TIMES and not (isinstance(value, int | float) and 0 < value < math.inf):
            raise ValueError(f"{name} must be a number of seconds above 0, not {value!r}")
    if given.get("protocol") not in (None, 3, 4):
        raise ValueError(f"protocol must be 3, 4 or None, not {given['protocol']!r}")
    if not isinstance(given.get("settings"), Settings | None):
        raise TypeError("settings must be a sio_client.Settings")
    if not isinstance(given.get("websocket_extra_options"), Mapping | None):
        raise TypeError("websocket_extra_options must be a dictionary of options")
    verify = given.get("ssl_verify", True)
    if not isinstance(verify, int | None):
        raise TypeError(
            f"ssl_verify must be True or False, not {verify!r}: for an authority of your own "
            "pass settings=Settings(verify=...)"
        )


def read_transports(value: Any) -> tuple[str, ...]:
    """The transports of a `transports` argument. Raises ValueError when none is valid."""
    if value is None:
        return TRANSPORTS
    names = [value] if isinstance(value, str) else list(value)
    valid = tuple(dict.fromkeys(name for name in names if name in TRANSPORTS))
    if not valid:
        raise ValueError(f"No valid transports in {names!r}: use 'polling', 'websocket' or both")
    return valid
