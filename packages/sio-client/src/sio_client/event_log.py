"""What a client logs about its connections: attempts, transports and reasons, never payloads."""

from __future__ import annotations

import logging

from sio_core import socketio
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

from .failures import describe


def log_event(
    event: ClientEvent,
    core: socketio.Client,
    logger: logging.Logger,
    transport_logger: logging.Logger,
) -> None:
    """Say what an event of `core` means: of the client, and of the transport below it."""
    match event:
        case Connected(socket):
            logger.info("connected to %.100r", socket.namespace)
        case ConnectRefused(socket):
            logger.warning("the server refused %.100r", socket.namespace)
        case NamespaceLeft(socket, reason):
            logger.info("left %.100r: %s", socket.namespace, reason.describe())
        case AttemptSucceeded():
            if core.engine is not None:
                transport_logger.info("connected over %s", core.engine.transport)
        case AttemptFailed(failure, _, retry_in):
            transport_logger.info("no connection: %s", failure.reason.describe())
            after = "" if retry_in is None else f"; the next attempt is in {retry_in:.2f} seconds"
            logger.info("%s%s", describe(failure), after)
        case Reconnecting(delay):
            logger.info("the connection was lost; the next attempt is in %.2f seconds", delay)
        case Ended(reason):
            transport_logger.info("disconnected: %s", reason.describe())
        case _:
            pass
