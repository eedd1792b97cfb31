"""The opening handshake of a WebSocket whose request the web server has read: by wsproto.

RFC 6455, section 4.2.
"""

from __future__ import annotations

from h11 import LocalProtocolError
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, RejectConnection
from wsproto.utilities import RemoteProtocolError

from sio_core import Headers, Request, Response
from sio_core.websocket import KEY, check_keys

PLAIN = ("content-type", "text/plain")


class Opening:
    """One request for a WebSocket; `refusal` is the answer to one that asks in a wrong way."""

    def __init__(self, request: Request) -> None:
        self._connection = WSConnection(ConnectionType.SERVER)
        self.refusal: Response | None = None
        if request.method != "GET":
            self.refusal = Response(405, (PLAIN, ("allow", "GET")), b"Method Not Allowed")
            return
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers
        ]
        try:
            self._connection.initiate_upgrade_connection(headers, "/")
        except RemoteProtocolError as error:
            self.refusal = _refusal(error)
        except (LocalProtocolError, UnicodeError):  # of h11 and of the codec for host names
            self.refusal = Response(400, (PLAIN,), b"Bad Request")
        else:
            keys = [value for name, value in request.headers if name == KEY]
            if problem := check_keys(keys):
                self.refusal = Response(400, (PLAIN,), problem.encode())

    def accept(self, headers: Headers) -> bytes:
        """The response that opens the WebSocket, with `headers` among its own."""
        extra = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._connection.send(AcceptConnection(extra_headers=extra))


def _refusal(error: RemoteProtocolError) -> Response:
    hint = error.event_hint
    if not isinstance(hint, RejectConnection):
        hint = RejectConnection()
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in hint.headers]
    return Response(hint.status_code, (PLAIN, *headers), str(error).encode())
