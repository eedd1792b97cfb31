"""Classes for uvicorn, in which messages go from the socket to the driver without ASGI in between.

`uvicorn app:app --http sio_asgi.uvicorn:HTTPProtocol --ws sio_asgi.uvicorn:WebSocketProtocol` uses
both. A Socket.IO connection then has no task of its own, and a poll neither. All other requests and
WebSocket routes of the same application are served as ordinary ASGI. Everything works the same,
only slower, with uvicorn's own classes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .websockets.protocol import WebSocketProtocol

if TYPE_CHECKING:
    from .http.http_protocol import HTTPProtocol
    from .websockets.compressed_protocol import CompressedWebSocketProtocol

__all__ = ["CompressedWebSocketProtocol", "HTTPProtocol", "WebSocketProtocol"]

_MODULES = {
    "CompressedWebSocketProtocol": "websockets.compressed_protocol",
    "HTTPProtocol": "http.http_protocol",
}


def __getattr__(name: str) -> Any:
    """Import what takes wsproto or httptools when it is asked for: nothing else needs them."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ImportError as error:
        raise ImportError(
            f'{name} needs {error.name}: pip install "sio-asgi[uvicorn]"', name=error.name
        ) from error
