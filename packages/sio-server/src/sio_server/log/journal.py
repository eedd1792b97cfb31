"""What a server writes into its log of clients and their events: one wording for both colours.

A client goes by its public sid. No line has a payload, an authentication value, a
cookie or the secret id of a connection: of a sid that is made of that, only a part is shown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from sio_core import Reason
from sio_core.engineio import Session
from sio_core.socketio import (
    ConnectionUpgraded,
    ConnectionUpgradeFailed,
    EventReceived,
    NamespaceRefused,
    Socket,
)

NOBODY_YET = "without a namespace"
HANDLERS_FULL = (
    "a client sends events faster than its handlers end, and is not read from for now: "
    "see max_running_handlers"
)


class Journal:
    """Writes about clients and events to `log`, and about connections to `transport_log`.

    `detailed()` tells whether single events are logged, at the level DEBUG: ask before `received`,
    `acknowledged` and `emitted`. `informs()` tells it of upgrades, at the level INFO.
    """

    __slots__ = ("_log", "_reports", "_transport_log", "detailed", "informs")

    def __init__(self, log: Any, transport_log: Any) -> None:
        self._log = log
        self._transport_log = transport_log
        # A logger of another kind than logging.Logger may have no levels to ask for. A partial of
        # the method, since it is asked for each event: 0.1 µs.
        has_levels = hasattr(log, "isEnabledFor")
        self.detailed: Callable[[], bool] = (
            partial(log.isEnabledFor, logging.DEBUG) if has_levels else bool
        )
        self._reports: Callable[[], bool] = (
            partial(log.isEnabledFor, logging.INFO) if has_levels else partial(bool, 1)
        )
        has_levels = hasattr(transport_log, "isEnabledFor")
        self.informs: Callable[[], bool] = (
            partial(transport_log.isEnabledFor, logging.INFO) if has_levels else partial(bool, 1)
        )

    # Connections ----------------------------------------------------------

    def opened(self, session: Session) -> None:
        """A connection was made."""
        address = session.address or "an unknown address"
        self._transport_log.info("connection from %s over %s", address, session.transport)

    def upgraded(self, event: ConnectionUpgraded) -> None:
        """A connection went from polling to WebSocket."""
        self._transport_log.info("client %s changed to websocket", _names(event))

    def upgrade_failed(self, event: ConnectionUpgradeFailed) -> None:
        """A connection stays on polling."""
        self._transport_log.info(
            "client %s stays on polling, its upgrade failed: %s", _names(event), event.detail
        )

    def closed(self, reason: Reason) -> None:
        """A connection is over."""
        self._log.info("connection closed: %s", reason.describe())

    # Namespaces -----------------------------------------------------------

    def no_namespace(self, event: NamespaceRefused) -> None:
        """A client asked for a namespace that does not exist here."""
        self._log.info(
            "client refused on %.100r: it has no handler, nor is it among the option namespaces",
            event.namespace,
        )

    def connected(self, socket: Socket) -> None:
        """The connect handler took a client."""
        if not self._reports():
            return
        self._log.info(
            "client %s connected to %.100r over %s",
            _name(socket.sid, socket.session),
            socket.namespace,
            socket.session.transport,
        )

    def refused(self, socket: Socket) -> None:
        """The connect handler refused a client."""
        self._log.info(
            "client %s refused on %.100r by the connect handler",
            _name(socket.sid, socket.session),
            socket.namespace,
        )

    def refusal_unsendable(self, error: ValueError) -> None:
        """What a connect handler says to a client that it refuses cannot be sent."""
        self._log.error("a refusal cannot be sent: %s", error)

    def connect_timed_out(self, socket: Socket, seconds: float | None) -> None:
        """A connect handler took too long."""
        self._log.warning(
            "client refused on %.100r: its connect handler took more than accept_timeout (%g s)",
            socket.namespace,
            seconds,
        )

    def left(self, socket: Socket, reason: Reason) -> None:
        """A client left a namespace."""
        if not self._reports():
            return
        name = _name(socket.sid, socket.session)
        self._log.info("client %s left %.100r: %s", name, socket.namespace, reason.describe())

    # Events, at the level DEBUG -------------------------------------------

    def received(self, event: EventReceived, *, handled: bool) -> None:
        """A client sent an event."""
        ack = "" if event.ack_id is None else ", which it wants acknowledged"
        self._log.debug(
            "client %s sent the event %.100r to %.100r with %d arguments%s%s",
            _name(event.socket.sid, event.socket.session),
            event.name,
            event.socket.namespace,
            len(event.args),
            ack,
            "" if handled else ": it has no handler",
        )

    def acknowledged(self, socket: Socket, count: int) -> None:
        """An event of a client is acknowledged."""
        name = _name(socket.sid, socket.session)
        self._log.debug("client %s is sent an acknowledgement with %d values", name, count)

    def emitted(self, event: str, namespace: str, rooms: object, reached: int) -> None:
        """The application emits an event to `rooms`, None for everyone, which `reached` so many."""
        self._log.debug(
            "event %.100r is emitted to %s of %.100r: %d clients",
            event,
            "everyone" if rooms is None else f"the rooms {rooms!r:.200}",
            namespace,
            reached,
        )


def _name(sid: str, session: Session) -> str:
    """The sid, but of the secret id of the connection, if that is in it, the first half."""
    secret = session.sid
    return sid.replace(secret, f"{secret[: len(secret) // 2]}…") if secret in sid else sid


def _names(event: ConnectionUpgraded | ConnectionUpgradeFailed) -> str:
    return ", ".join([_name(sid, event.session) for sid in event.sids]) or NOBODY_YET
