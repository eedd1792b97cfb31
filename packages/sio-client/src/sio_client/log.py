"""The loggers of a client, and what it logs about its connections.

Nothing that is logged carries a payload, an authentication value, a cookie or
a session id of the transport.
"""

from __future__ import annotations

import logging
from typing import Any, cast

from sio_core.engineio import TransportUpgraded
from sio_core.socketio import (
    AttemptFailed,
    AttemptSucceeded,
    ClientEvent,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    Reconnecting,
)

from .attempts.connect_errors import describe

DEFAULT = "sio_default_level"
"""The attribute of a logger that has the level that was set here."""


def resolve_logger(setting: bool | logging.Logger | Any, name: str) -> logging.Logger:
    """The logger for a `logger` argument: False has errors only, True information, else itself.

    A level that the application set is kept, and output to stderr is added
    only where the application did not configure logging. Raises TypeError for what is
    neither a bool nor a logger.
    """
    if not isinstance(setting, bool):
        if not callable(getattr(setting, "info", None)):
            option = "engineio_logger" if name.startswith("engineio") else "logger"
            raise TypeError(
                f"{option} must be False, True or a logger, not {setting!r}; "
                f"a level is set with logging.getLogger({name!r}).setLevel(...)"
            )
        return cast(logging.Logger, setting)
    logger = logging.getLogger(name)
    level = logging.INFO if setting else logging.ERROR
    # Another client of this process may have asked for less: that level is not the application's.
    if logger.level == logging.NOTSET or level < logger.level == getattr(logger, DEFAULT, None):
        logger.setLevel(level)
        setattr(logger, DEFAULT, level)
    if setting and not logger.hasHandlers():
        logger.addHandler(logging.StreamHandler())
    return logger


def any_informed(*loggers: logging.Logger | Any) -> bool:
    """Tell whether one of the loggers, which may be objects of any kind, takes INFO."""
    return any(
        enabled is None or enabled(logging.INFO)
        for enabled in (getattr(logger, "isEnabledFor", None) for logger in loggers)
    )


def log_event(
    event: ClientEvent,
    transport: str,
    logger: logging.Logger,
    transport_logger: logging.Logger,
) -> None:
    """Say what an event means: of the client, and of the `transport` below it."""
    match event:
        case Connected(socket):
            logger.info("connected to %.100r", socket.namespace)
        case ConnectRefused(socket):
            logger.warning("the server refused %.100r", socket.namespace)
        case NamespaceLeft(socket, reason):
            logger.info("left %.100r: %s", socket.namespace, reason.describe())
        case AttemptSucceeded():
            transport_logger.info("connected over %s", transport)
        case TransportUpgraded():
            transport_logger.info("upgraded to %s", transport)
        case AttemptFailed(failure, _, retry_in):
            transport_logger.info("no connection: %s", failure.reason.describe())
            after = "" if retry_in is None else f"; the next attempt is in {retry_in:.2f} seconds"
            logger.info("%s%s", describe(failure), after)
        case Reconnecting(delay, reason):
            transport_logger.info("the connection was lost: %s", reason.describe())
            logger.info("the connection was lost; the next attempt is in %.2f seconds", delay)
        case Ended(reason):
            transport_logger.info("disconnected: %s", reason.describe())
        case _:
            pass
