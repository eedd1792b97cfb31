"""WebSocket frames without I/O, for drivers that own the socket (RFC 6455).

`FrameReader` takes what came, the functions named `frame_` write what is to be sent; the others
check the opening handshake of either side. `sio_core.engineio.FramedLink` joins all that a server
needs of it.
"""

from .frames import (
    BINARY,
    BROKEN,
    CLOSE,
    PING,
    PONG,
    TEXT,
    close_payload,
    frame_binary,
    frame_close,
    frame_masked,
    frame_ping,
    frame_pong,
    frame_text,
)
from .opening import (
    INVALID_KEY,
    KEY,
    accept_key,
    answer_headers,
    check_answer,
    check_keys,
    check_opening,
    check_request,
    make_key,
    request_headers,
    switching_protocols,
    wants_websocket,
)
from .reader import MAX_FRAGMENTS, Close, Failed, FrameReader, Ping, Pong, Received, unmask

__all__ = [
    "BINARY",
    "BROKEN",
    "CLOSE",
    "INVALID_KEY",
    "KEY",
    "MAX_FRAGMENTS",
    "PING",
    "PONG",
    "TEXT",
    "Close",
    "Failed",
    "FrameReader",
    "Ping",
    "Pong",
    "Received",
    "accept_key",
    "answer_headers",
    "check_answer",
    "check_keys",
    "check_opening",
    "check_request",
    "close_payload",
    "frame_binary",
    "frame_close",
    "frame_masked",
    "frame_ping",
    "frame_pong",
    "frame_text",
    "make_key",
    "request_headers",
    "switching_protocols",
    "unmask",
    "wants_websocket",
]
