"""What the dispatchers need of the server whose handlers they call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sio_core.engineio import Session
from sio_core.handlers import Handler, HandlerTable

from ..log.journal import Journal
from .runners import Flow


class Application(Protocol):
    """What a dispatcher reads of its server: the attributes that may change while it runs."""

    logger: logging.Logger
    journal: Journal
    always_connect: bool
    async_handlers: bool
    not_handled: object


@dataclass(frozen=True, slots=True)
class Hooks:
    """The functions by which a server finds and calls handlers, which applications may override.

    `trigger_event(event, namespace, *args)` calls a handler whatever hooks there are. Where an
    application has overridden none, the handler may be looked up in `table` and called at once, or
    by the flow `trigger(event, namespace, args)`. `fit(event, handler,
    args)` returns the arguments that it takes, or None. `begin` is called when a client comes;
    `ready()` returns None, or what the clients that come have to wait for;
    `keep_environ` and `drop_environ` stand around each disconnect handler. The functions named
    `log_` write what happened at a time.
    """

    table: HandlerTable
    fit: Callable[[str, Handler, tuple[Any, ...]], tuple[Any, ...] | None]
    trigger: Callable[[str, str, tuple[Any, ...]], Flow[Any]]
    trigger_event: Callable[..., Any]
    error_handler: Callable[[str], Handler | None]
    has_handler: Callable[[str, Any], bool]
    begin: Callable[[], None]
    ready: Callable[[], Callable[[], Any] | None]
    keep_environ: Callable[[Session], None]
    drop_environ: Callable[[Session], None]
    log_uncallable: Callable[[Any, Any, int], None]
    log_raised: Callable[[Any, str, BaseException, float], None]
    log_callback_raised: Callable[[Any, BaseException, float], None]
    log_unsendable: Callable[[ValueError, float], None]
    log_ended: Callable[[BaseException, float], None]
