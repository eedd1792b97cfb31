"""The states of an accepted WebSocket on a transport of asyncio, as an enum and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sio_core.transitions import Symbol


class WebSocketState(Symbol):
    """How far an accepted WebSocket is from its end."""

    OPEN = "open"
    """Messages go both ways."""
    CLOSING = "closing"
    """This side has sent its close frame and waits for the client's."""
    ENDING = "ending"
    """Nothing is read or written any more; what is in the transport's buffer still goes out."""
    LOST = "lost"


class WebSocketInput(Symbol):
    """What moves an accepted WebSocket on."""

    CLOSE = "this side closes"
    END = "client's close frame, breach, or end of the web server"
    TIME_OVER = "the client had its time to answer"
    LOST = "connection lost"


WEBSOCKET: Final[Mapping[WebSocketState, Mapping[WebSocketInput, WebSocketState]]] = {
    WebSocketState.OPEN: {
        WebSocketInput.CLOSE: WebSocketState.CLOSING,
        WebSocketInput.END: WebSocketState.ENDING,
        WebSocketInput.LOST: WebSocketState.LOST,
    },
    WebSocketState.CLOSING: {
        WebSocketInput.END: WebSocketState.ENDING,
        WebSocketInput.TIME_OVER: WebSocketState.ENDING,
        WebSocketInput.LOST: WebSocketState.LOST,
    },
    WebSocketState.ENDING: {
        WebSocketInput.TIME_OVER: WebSocketState.ENDING,
        WebSocketInput.LOST: WebSocketState.LOST,
    },
    WebSocketState.LOST: {},
}
