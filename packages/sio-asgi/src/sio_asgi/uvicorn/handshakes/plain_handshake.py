"""An opening handshake without extensions that is read by h11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .opening import Opening

if TYPE_CHECKING:
    import h11


class PlainHandshake(Opening):
    """One upgrade request that comes as bytes, and its answer."""

    _connection: h11.Connection | None = None

    def receive(self, data: bytes) -> bytes | None:
        """Take bytes of the request. Returns the answer to one that is no handshake."""
        import h11  # which a server does not need whose `HTTPProtocol` has read the request

        connection = self._connection
        if connection is None:
            connection = self._connection = h11.Connection(h11.SERVER)
        connection.receive_data(data)
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return self.reject(400, [], b"")
        if not isinstance(event, h11.Request):
            return None
        return self.take(event.method, event.target, list(event.headers))
