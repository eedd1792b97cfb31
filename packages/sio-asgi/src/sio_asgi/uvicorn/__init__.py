"""Classes for uvicorn, in which messages go from the socket to the driver without ASGI in between.

`uvicorn app:app --http sio_asgi.uvicorn:HTTPProtocol --ws sio_asgi.uvicorn:WebSocketProtocol` uses
both. A Socket.IO connection then has no task of its own, and a poll neither. All other requests and
WebSocket routes of the same application are served as ordinary ASGI. Everything works the same,
only slower, with uvicorn's own classes.
"""

from typing import TYPE_CHECKING, Any

from .websockets.protocol import CompressedWebSocketProtocol, WebSocketProtocol

if TYPE_CHECKING:
    from .http.http_protocol import HTTPProtocol

__all__ = ["CompressedWebSocketProtocol", "HTTPProtocol", "WebSocketProtocol"]


def __getattr__(name: str) -> Any:
    """Import `HTTPProtocol` when it is asked for: it takes httptools, which the others do not."""
    if name != "HTTPProtocol":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .http.http_protocol import HTTPProtocol
    except ImportError as error:
        raise ImportError(
            f'HTTPProtocol needs {error.name}: pip install "sio-asgi[uvicorn]"', name=error.name
        ) from error
    return HTTPProtocol
