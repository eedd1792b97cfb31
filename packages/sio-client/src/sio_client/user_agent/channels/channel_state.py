"""The states of a channel: an enum, its inputs, and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sio_core.transitions import Symbol


class ChannelState(Symbol):
    """A `ChannelState` says what a channel waits for, or what it carries."""

    OPENING = "opening"
    """The driver opens the pipe."""
    TUNNELLING = "asking the proxy"
    """A proxy was asked to connect the pipe to the server."""
    SECURING = "securing"
    """The driver begins TLS in the proxy's tunnel."""
    EXCHANGING = "exchanging"
    """A request, or the handshake of a WebSocket, waits for its answer."""
    IDLE = "idle"
    """The answer is complete: another request may follow."""
    WEBSOCKET = "websocket"
    """The server has switched to WebSocket."""
    CLOSED = "closed"


class ChannelInput(Symbol):
    """A `ChannelInput` moves a channel from one state to the next."""

    ASK_PROXY = "pipe opened, to a proxy that makes tunnels"
    SECURE = "tunnel open, TLS within"
    SEND = "way free, a request is sent"
    ANSWERED = "answer complete"
    SWITCHED = "the server accepts the WebSocket"
    CLOSE = "closed or lost"


_CLOSE: Final = {ChannelInput.CLOSE: ChannelState.CLOSED}

CHANNEL: Final[Mapping[ChannelState, Mapping[ChannelInput, ChannelState]]] = {
    ChannelState.OPENING: {
        ChannelInput.ASK_PROXY: ChannelState.TUNNELLING,
        ChannelInput.SEND: ChannelState.EXCHANGING,
        **_CLOSE,
    },
    ChannelState.TUNNELLING: {
        ChannelInput.SECURE: ChannelState.SECURING,
        ChannelInput.SEND: ChannelState.EXCHANGING,
        **_CLOSE,
    },
    ChannelState.SECURING: {ChannelInput.SEND: ChannelState.EXCHANGING, **_CLOSE},
    ChannelState.EXCHANGING: {
        ChannelInput.ANSWERED: ChannelState.IDLE,
        ChannelInput.SWITCHED: ChannelState.WEBSOCKET,
        **_CLOSE,
    },
    ChannelState.IDLE: {ChannelInput.SEND: ChannelState.EXCHANGING, **_CLOSE},
    ChannelState.WEBSOCKET: _CLOSE,
    ChannelState.CLOSED: {},
}
