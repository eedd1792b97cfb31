"""The states of a pipe, under asyncio and in threads: an enum, its inputs, and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sio_core.transitions import Symbol


class PipeState(Symbol):
    """A `PipeState` says how far a pipe is, from its opening until it is closed."""

    NEW = "new"
    CONNECTING = "connecting"
    """The name is looked up, and its addresses are tried."""
    SECURING = "securing"
    """TCP stands, and TLS is begun on it."""
    OPEN = "open"
    CLOSING = "closing"
    """What was written is still sent, for a moment; nothing is reported but that it is closed."""
    CLOSED = "closed"


class PipeInput(Symbol):
    """A `PipeInput` moves a pipe from one state to the next."""

    CONNECT = "ordered to open"
    SECURE = "TLS to begin"
    STAND = "TCP, or TLS, stands"
    CLOSE = "ordered to close"
    END = "ended, failed or cut off"


PIPE: Final[Mapping[PipeState, Mapping[PipeInput, PipeState]]] = {
    PipeState.NEW: {
        PipeInput.CONNECT: PipeState.CONNECTING,
        PipeInput.CLOSE: PipeState.CLOSING,
        PipeInput.END: PipeState.CLOSED,
    },
    PipeState.CONNECTING: {
        PipeInput.SECURE: PipeState.SECURING,
        PipeInput.STAND: PipeState.OPEN,
        PipeInput.CLOSE: PipeState.CLOSING,
        PipeInput.END: PipeState.CLOSED,
    },
    PipeState.SECURING: {
        PipeInput.STAND: PipeState.OPEN,
        PipeInput.CLOSE: PipeState.CLOSING,
        PipeInput.END: PipeState.CLOSED,
    },
    PipeState.OPEN: {
        PipeInput.SECURE: PipeState.SECURING,
        PipeInput.CLOSE: PipeState.CLOSING,
        PipeInput.END: PipeState.CLOSED,
    },
    PipeState.CLOSING: {PipeInput.END: PipeState.CLOSED},
    PipeState.CLOSED: {},
}
