"""The loggers of a client, and what it logs about its connections.

Nothing that is logged carries a payload, an authentication value, a cookie or
a session id of the transport.
"""

from __future__ import annotations

import logging
from typing import Any

from sio_core.engineio import Client, TransportUpgraded
from sio_core.handlers.loggers import find_logger
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


def resolve_logger(setting: bool | logging.Logger | Any, name: str) -> logging.Logger:
    """Return the logger for a `logger` argument of a client: False has errors only."""
    logger: logging.Logger = find_logger(setting, name, logging.ERROR, logging)
    return logger


def transport_of(engine: Client | None) -> str:
    """The transport of a connection, for `log_event`; empty while there is none."""
    if engine is None:
        return ""
    return engine.transport if engine.revision == 4 else f"{engine.transport} (Engine.IO 3)"


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
