"""A WebSocket class for uvicorn: `uvicorn app:app --ws sio_asgi.uvicorn:WebSocketProtocol`.

wsproto does the handshake, and everything once compression is negotiated. A Socket.IO connection
then has no task of its own: messages go from the socket to the driver and frames from the driver
to the socket. Other WebSocket routes of the same application are served as ordinary ASGI.
Everything works the same, only slower, with uvicorn's own classes.
"""

from .protocol import CompressedWebSocketProtocol, WebSocketProtocol

__all__ = ["CompressedWebSocketProtocol", "WebSocketProtocol"]
