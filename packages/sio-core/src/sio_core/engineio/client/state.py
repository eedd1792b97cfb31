"""The state machines of an Engine.IO client, each an enum and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...transitions import Symbol


class ClientState(Symbol):
    """A `ClientState` says how far one connection is, as its client sees it."""

    NEW = "new"
    OPENING = "opening"
    """The handshake is under way."""
    OPEN = "open"
    CLOSING = "closing"
    """Closed by this side; what is queued and the goodbye still go out."""
    CLOSED = "closed"


class ClientInput(Symbol):
    """What moves a connection on."""

    OPEN = "open"
    OPENED = "open packet"
    CLOSE = "close, once open"
    END = "error, silence, goodbye of either side"


CLIENT: Final[Mapping[ClientState, Mapping[ClientInput, ClientState]]] = {
    ClientState.NEW: {
        ClientInput.OPEN: ClientState.OPENING,
        ClientInput.END: ClientState.CLOSED,
    },
    ClientState.OPENING: {
        ClientInput.OPENED: ClientState.OPEN,
        ClientInput.END: ClientState.CLOSED,
    },
    ClientState.OPEN: {
        ClientInput.CLOSE: ClientState.CLOSING,
        ClientInput.END: ClientState.CLOSED,
    },
    ClientState.CLOSING: {ClientInput.END: ClientState.CLOSED},
    ClientState.CLOSED: {},
}


class Upgrade(Symbol):
    """An `Upgrade` says how far a client is on its way from polling to WebSocket."""

    NONE = "none"
    """Not begun, or given up: the connection stays on its transport."""
    DIALLING = "dialling"
    PROBING = "probing"
    PAUSING = "pausing"
    """The probe was answered; the requests under way are waited for, no new ones are sent."""
    DONE = "done"


class UpgradeInput(Symbol):
    """What moves an upgrade on."""

    START = "server offers it"
    OPENED = "WebSocket open"
    ANSWERED = "probe answered"
    QUIET = "no request under way"
    DROP = "error, timeout or close"


UPGRADE: Final[Mapping[Upgrade, Mapping[UpgradeInput, Upgrade]]] = {
    Upgrade.NONE: {UpgradeInput.START: Upgrade.DIALLING},
    Upgrade.DIALLING: {
        UpgradeInput.OPENED: Upgrade.PROBING,
        UpgradeInput.DROP: Upgrade.NONE,
    },
    Upgrade.PROBING: {
        UpgradeInput.ANSWERED: Upgrade.PAUSING,
        UpgradeInput.DROP: Upgrade.NONE,
    },
    Upgrade.PAUSING: {
        UpgradeInput.QUIET: Upgrade.DONE,
        UpgradeInput.DROP: Upgrade.NONE,
    },
    Upgrade.DONE: {},
}
