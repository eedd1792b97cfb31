"""An opening handshake without extensions that is read by h11."""

from __future__ import annotations

import h11

from .opening import Opening


class PlainHandshake(Opening):
    """One upgrade request that comes as bytes, and its answer."""

    def __init__(self) -> None:
        super().__init__()
        self._connection = h11.Connection(h11.SERVER)

    def receive(self, data: bytes) -> bytes | None:
        """Take bytes of the request. Returns the answer to one that is no handshake."""
        self._connection.receive_data(data)
        try:
            event = self._connection.next_event()
        except h11.RemoteProtocolError:
            return self.reject(400, [], b"")
        if not isinstance(event, h11.Request):
            return None
        return self.take(event.method, event.target, list(event.headers))
