"""What those who call handlers may ask of their client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sio_core.socketio import ClientEvent, HandlerTable

from .handler_call import HandlerCall

Handler = Callable[..., Any]
Arguments = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class HandlerSource:
    """A `HandlerSource` has the handlers of a client, and logs what goes wrong with one."""

    table: HandlerTable
    logger: logging.Logger
    not_handled: object
    """The result that stands for "there is no handler"."""
    calls: Callable[[ClientEvent], list[HandlerCall]]
    """The calls that an event stands for, in order."""
    hooked: Callable[[], bool]
    """Whether the application wants to see every event."""
    unheard: Callable[[HandlerCall], bool]
    """Whether there is no handler for a call."""
    trigger: Callable[..., Any]
    """Calls the handler of an event, the long way; arguments: event, namespace, its arguments."""
    fit: Callable[[str, Handler, Arguments], Arguments | None]
    """The arguments that a handler takes, None if it cannot be called with those that there are."""
    log_uncallable: Callable[[Any, Any, int], None]
    log_raised: Callable[[Any, str, BaseException, float], None]
    log_callback_raised: Callable[[Any, BaseException, float], None]
    log_unsendable: Callable[[ValueError, float], None]
