"""The documented keyword arguments of a server of Engine.IO, sorted by who needs them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from sio_core import engineio
from sio_core.option_names import unknown_option

from ..options import check_numbers, engine_config

OWN_NAMES = (
    "async_mode",
    "ping_interval",
    "max_http_buffer_size",
    "cookie",
    "cors_allowed_origins",
    "cors_credentials",
    "transports",
)


class EngineOptions(TypedDict, total=False):
    """These are the options of both servers of Engine.IO that python-engineio has not.

    They are those of a server of Socket.IO: "Options" in the documentation describes each, with
    its default.
    """

    upgrade_timeout: float
    allow_eio3: bool
    jsonp: bool
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
    max_running_handlers: int
    max_threads: int
    trusted_proxies: str | list[str]


@dataclass(slots=True)
class Options:
    """The options of a server of Engine.IO, sorted by the part that needs them."""

    engine: engineio.Config
    origins: Callable[..., Any] | None
    cookie_given: Any
    origins_given: Any
    trusted_proxies: tuple[str, ...]
    max_running: int
    max_threads: int


def read_options(documented: Mapping[str, Any], kwargs: Mapping[str, Any], owner: str) -> Options:
    """Sort the arguments of the server that is called `owner`.

    `documented` are those of its signature. Raises ValueError for a wrong value. Warns of a name
    that is no option.
    """
    given = {**documented, **kwargs}
    check_numbers(given)
    origins, cookie = given["cors_allowed_origins"], given["cookie"]
    proxies = given.pop("trusted_proxies", ())
    running = given.pop("max_running_handlers", 1000)
    threads = given.pop("max_threads", 1000)
    engine = replace(engine_config(given), authorize=True)
    for name in sorted(given):
        text = unknown_option(owner, name, (*OWN_NAMES, *EngineOptions.__annotations__))
        warnings.warn(text, UserWarning, stacklevel=3)
    return Options(
        engine=engine,
        origins=origins if callable(origins) else None,
        cookie_given=cookie,
        origins_given=origins,
        trusted_proxies=(proxies,) if isinstance(proxies, str) else tuple(proxies),
        max_running=running,
        max_threads=threads,
    )
