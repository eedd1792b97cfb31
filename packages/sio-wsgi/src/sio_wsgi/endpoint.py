"""One WSGI request or WebSocket, handed to the driver of a server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any, Protocol, TypeAlias

from sio_core import Headers, Request, Response
from sio_core.websocket import (
    BROKEN,
    Close,
    Failed,
    FrameReader,
    Ping,
    check_opening,
    switching_protocols,
    wants_websocket,
)
from sio_server.blocking import BlockingConnection, Driver
from sio_server.serving.proxies import NO_PROXIES, TrustedProxies

from .environs import Environ, make_environ, make_request
from .request_sockets import RequestSocket, find_socket

StartResponse: TypeAlias = Callable[..., Any]

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
POLICY_VIOLATION = 1008
BAD_LENGTH = Response(400, (("content-type", "text/plain"),), b"Invalid Content-Length")
MUCH = 16_384
"""Bytes of one read of a WebSocket behind which others have their turn, whatever they were."""
CHUNKED_READ = 1_024
"""Bytes that are read at a time of a body in chunks, each of which may be one byte: a thousand of
them take a web server some 3 ms."""
MAX_DISCARDED = 4_000_000
"""Bytes that are read of a body that is too large, so that its sender gets to read the answer."""


class HasDriver(Protocol):
    """This has a driver: it is a `Server`, or a server composed from the core."""

    @property
    def driver(self) -> Driver[Any]: ...


def serve(server: HasDriver, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Serve one request, whatever its path. Returns the body of the response."""
    proxies: TrustedProxies = getattr(server, "proxies", NO_PROXIES)
    driver = server.driver
    http = WSGIRequest(environ, proxies, driver)
    request = make_request(environ, proxies)
    if not _is_length(environ.get("CONTENT_LENGTH", "")):
        return respond(start_response, BAD_LENGTH)
    if http.socket is None:
        if driver.engine.config.allow_upgrades:
            _stay_on_polling(driver)
    elif "HTTP_UPGRADE" in environ and wants_websocket(request):
        request = replace(request, websocket=True)
        response = check_opening(request) or _serve_websocket(driver, request, http)
        if response is None:
            return http.socket.leave(start_response)
        if http.socket.opened:
            http.socket.refuse(POLICY_VIOLATION)
            return []
        refusal = HeldBackBody(http.socket.answered, http.socket.answered)
        refusal += respond(start_response, response, http.socket.prepare(environ))
        return refusal
    driver.count_request(1)
    if http.socket is None or not http.socket.writes_twice:
        body = Body(http.end)
    else:
        body = HeldBackBody(http.end, http.socket.answered)
    try:
        head = request.method == "HEAD"
        response = driver.http(request, http)
        headers = () if http.socket is None else http.socket.prepare(environ)
        body += respond(start_response, response, headers, head=head)
    except BaseException:
        body.close()
        raise
    return body


def respond(
    start_response: StartResponse, response: Response, more: Headers = (), *, head: bool = False
) -> list[bytes]:
    """Begin one whole response, with `more` headers; returns its body, for `head` an empty one."""
    body = response.body
    headers = [*response.headers, *more]
    if response.status != HTTPStatus.NO_CONTENT:
        headers.append(("content-length", str(len(body))))
    start_response(STATUS_LINES[response.status], headers)
    return [] if head or not body else [body]


class Body(list[bytes]):
    """The body of a response; the web server closes it when all of it is sent (PEP 3333)."""

    __slots__ = ("_closed",)

    def __init__(self, closed: Callable[[], None]) -> None:
        super().__init__()
        self._closed: Callable[[], None] | None = closed

    def close(self) -> None:
        """Call `closed`, once."""
        closed, self._closed = self._closed, None
        if closed is not None:
            closed()


class HeldBackBody(Body):
    """A body that leaves in one segment with its head.

    `written` is called when whoever goes through it asks for more than there is, too: a middleware
    that never closes what it goes through shall not hold an answer back.
    """

    __slots__ = ("_written",)

    def __init__(self, closed: Callable[[], None], written: Callable[[], Any]) -> None:
        super().__init__(closed)
        self._written = written

    def __iter__(self) -> Iterator[bytes]:
        """Go through the pieces, each of which is written before the next one is asked for."""
        # `written` returns None, at which this `iter` ends.
        return chain(super().__iter__(), iter(self._written, None))


class WSGIRequest:
    """What the driver needs to know of one request, on demand."""

    __slots__ = ("_driver", "_environ", "_proxies", "socket")

    def __init__(self, environ: Environ, proxies: TrustedProxies, driver: Driver[Any]) -> None:
        # The web server may use its dictionary again: uWSGI does.
        self._environ = environ.copy()
        self._proxies = proxies
        self._driver = driver
        self.socket = find_socket(environ)

    def environ(self) -> Environ:
        """The WSGI environment of the request."""
        return make_environ(self._environ, self._proxies)

    def body(self, limit: int, max_chunks: int) -> bytes | None:
        """The request's body, or None as soon as it has more bytes or chunks than that.

        A body of a known length is one chunk. Raises `ConnectionError` when the client
        hangs up first.
        """
        environ = self._environ
        stream = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH")
        try:
            if length:
                if int(length) > limit:
                    _discard(stream, min(int(length), MAX_DISCARDED))
                    return None
                return _read_exactly(stream, int(length))
            if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
                return self._read_chunks(limit, max_chunks)
        except ConnectionError:
            raise
        except (OSError, ValueError) as error:
            raise ConnectionError("the body did not come") from error
        return b""

    def _read_chunks(self, limit: int, max_chunks: int) -> bytes | None:
        """Read to the end. The web server puts together what one read brings, if that is there."""
        read = _chunk_reader(self._environ)
        body = bytearray()
        short = 0
        while chunk := read():
            body += chunk
            short += len(chunk) < CHUNKED_READ
            if len(body) > limit or short > max_chunks:
                return None
            # A greenlet does not wait for bytes that are there.
            self._driver.let_others_run()
        return bytes(body)

    def end(self) -> None:
        """Hear that the answer is written; what is left of a body in chunks is read in turns."""
        if self.socket is not None:
            self.socket.answered()
        self._driver.count_request(-1)
        if "HTTP_TRANSFER_ENCODING" not in self._environ:
            return
        if self.socket is not None and self.socket.reads_rest:
            self._read_rest()

    def _read_rest(self) -> None:
        """Read what the web server would read in one go, which may be ever so many chunks."""
        read = self._environ["wsgi.input"].read
        try:
            while read(CHUNKED_READ):
                self._driver.let_others_run()
        except OSError as error:
            # The web server's own error says that what follows is no request: it ends the
            # connection.
            if type(error).__module__.startswith("gevent."):
                raise

    def stop(self) -> None:
        """Have `body`, which another thread or greenlet is in, return or raise; never waits."""
        if self.socket is not None:
            self.socket.stop_reading()

    def gone(self) -> bool:
        """True if the client is known to have hung up; never waits."""
        return self.socket is not None and self.socket.gone()


def _is_length(text: str) -> bool:
    # RFC 9110, section 8.6: digits and nothing else. `int` takes more than that, as `1_0`.
    return not text or (text.isascii() and text.isdigit())


def _discard(stream: Any, length: int) -> None:
    """Read the rest of a body: a client that is still sending might never read the answer."""
    while length > 0 and (chunk := stream.read(min(length, 65536))):
        length -= len(chunk)


def _read_exactly(stream: Any, length: int) -> bytes:
    chunks: list[bytes] = []
    while length > 0:
        chunk: bytes = stream.read(length)
        if not chunk:
            raise ConnectionError("the client hung up")
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)


def _chunk_reader(environ: Environ) -> Callable[[], bytes]:
    if "uwsgi.version" in environ:
        import uwsgi

        chunked_read: Callable[[], bytes] = uwsgi.chunked_read
        return chunked_read
    return partial(environ["wsgi.input"].read, CHUNKED_READ)


def _serve_websocket(driver: Driver[Any], request: Request, http: WSGIRequest) -> Response | None:
    """Serve a WebSocket to its end. Returns the response that refuses it, or None."""
    request_socket = http.socket
    assert request_socket is not None
    connection = driver.websocket(request, http)
    if isinstance(connection, Response):
        return connection
    error = ""
    try:
        socket = request_socket.take()
        if not request_socket.opened:
            socket.send_first(switching_protocols(request, connection.headers))
        connection.opened(socket)
        config = driver.engine.config
        reader = FrameReader(config.max_payload, max_fragments=config.max_fragments)
        error = _read(connection, socket.read, reader)
    except OSError:
        pass  # the connection broke: `lost` says what that means
    finally:
        connection.lost(error)
        request_socket.shut()
    return None


def _read(connection: BlockingConnection, read: Callable[[], bytes], reader: FrameReader) -> str:
    """Hand on messages until the WebSocket ends. Returns what broke it, or an empty text."""
    receive, feed = connection.receive, reader.feed
    while data := read():
        for message in feed(data):
            if isinstance(message, str | bytes):
                receive(message)
            elif isinstance(message, Ping):
                connection.pong(message.payload)
            elif isinstance(message, Close):
                connection.end(1000 if message.code == 1005 else message.code)
                return BROKEN.get(message.code, "")
            elif isinstance(message, Failed):
                connection.end(message.code, message.reason)
                # What was not read when a socket is closed would cost the client the close frame.
                with contextlib.suppress(OSError):  # nor does a reset change what broke it
                    while read():
                        connection.let_others_run()
                return BROKEN.get(message.code, "")
        if len(data) > MUCH:
            # A greenlet does not wait for bytes that are there, and they may be fragments.
            connection.let_others_run()
    return ""


def _stay_on_polling(driver: Driver[Any]) -> None:
    """No WebSockets with this web server: tell the log, once, and clients from now on."""
    config = driver.engine.config
    driver.engine.config = replace(config, allow_upgrades=False)
    if "websocket" in config.transports:
        driver.log.error(
            "this web server does not give its sockets to applications: "
            "clients stay on long-polling"
        )


__all__ = ["Environ", "RequestSocket", "StartResponse", "WSGIRequest", "respond", "serve"]
