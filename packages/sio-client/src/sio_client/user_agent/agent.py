"""The user agent: what a client's core asks for, as bytes on pipes, without doing any I/O.

HTTP/1.1 by h11 and WebSockets, through proxies where settings say so. One agent
serves one connection attempt. Whatever a server sends, no input raises: it
becomes a result with an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Final

from sio_core.prepared import Prepared
from sio_core.websocket import check_answer, make_key, request_headers
from sio_core.websocket.masking import fastest_mask

from .agent_settings import EARLY_BYTES, AgentSettings, SeenAnswer
from .channels.channel import Channel, Outbox, proxy_refused
from .channels.channel_pool import ChannelPool
from .channels.channel_state import ChannelInput, ChannelState
from .channels.channel_work import HTTPRequest, WebSocketOpening
from .errors import AgentError, BadRedirect, ConnectionLost, ProxyFailed, WebSocketFailed
from .http.cookies import keep_cookies
from .http.headers import RequestHeaders
from .http.http1 import Answer, Head, HTTP1Exchange, Switched
from .orders import Order, WritePipe
from .results import Answered, Failed, Result, SocketLost, SocketOpened
from .routes.endpoint import Endpoint
from .routes.proxies import Route, routes_to
from .websocket import WebSocketCodec

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS: Final = 5
_REFUSAL_BYTES: Final = 64 * 1024
"""The most that is read of the answer to a WebSocket that is not opened."""


class Agent:
    """An `Agent` makes the requests and the WebSockets of one connection attempt.

    Their ids are the caller's.
    After every call carry out `take_orders()`. Pipes are numbered by the agent; what
    is said of one that it has closed is ignored, so the driver need not take care.
    Raises `ProxyFailed` if settings name a proxy that is not supported.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: AgentSettings,
        *,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.endpoint = endpoint
        """Where requests go: what was given, or where the handshake was redirected to."""
        self.now = 0.0
        """The time in seconds of the driver's clock: to be set before each call."""
        self._first = endpoint
        self._settings = settings
        self._random = random
        self._mask = fastest_mask()
        self.outbox = Outbox()
        """Where orders wait for `take_orders`."""
        self._channels = ChannelPool(self.outbox)
        self._requests: dict[int, HTTPRequest] = {}
        self._openings: dict[int, WebSocketOpening] = {}
        # The handshake may be redirected; once it has succeeded nothing is any more.
        self._settled = False
        self._redirects = 0
        self._http_route: Route
        self._websocket_route: Route
        self._find_routes()
        self._headers = self._new_headers(endpoint)

    # ---------------------------------------------------------------- what the core asks for

    def request(
        self, id: int, method: str, query: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> None:
        """Send a request; an `Answered` or a `Failed` follows, unless it is cancelled."""
        self._requests[id] = request = HTTPRequest(id, self.endpoint, method, query, headers, body)
        self._start(request)

    def cancel(self, id: int) -> None:
        """Forget a request and close its channel."""
        request = self._requests.pop(id, None)
        if request is not None:
            self._channels.close(self._channels[request.channel])

    def open_websocket(self, id: int, query: str) -> None:
        """Open a WebSocket; a `SocketOpened` or a `SocketLost` follows."""
        opening = WebSocketOpening(id, self.endpoint, query, self._random(16))
        self._openings[id] = opening
        self._channels.open(self._websocket_route, opening)

    def write(self, id: int, message: Prepared) -> None:
        """Send the frames of a message, back to back; nothing on a WebSocket that is not open."""
        opening = self._openings.get(id)
        if opening is not None and opening.codec is not None:
            data = opening.codec.frames(message)
            if data:
                self.outbox.write(opening.channel, data)

    def write_alone(self, id: int, message: Prepared) -> Sequence[Order]:
        """`write`, then `take_orders`: past the outbox, in which nothing may wait."""
        opening = self._openings.get(id)
        if opening is None or opening.codec is None:
            return ()
        data = opening.codec.frames(message)
        return [WritePipe(opening.channel, data)] if data else ()

    def close_websocket(self, id: int, code: int = 1000) -> None:
        """Send a close frame; `SocketLost` follows once the peer has answered or the pipe is lost.

        No frames come any more. One that is not open yet is forgotten, as by `abort_websocket`.
        """
        opening = self._openings.get(id)
        if opening is None:
            return
        if opening.codec is None:
            self.abort_websocket(id)
        elif not opening.codec.closing:
            self.outbox.write(opening.channel, opening.codec.close(code))

    def abort_websocket(self, id: int) -> None:
        """Forget a WebSocket and close its channel, without waiting for the peer's close frame."""
        opening = self._openings.pop(id, None)
        if opening is None:
            return
        if opening.codec is not None and not opening.codec.closing:
            self.outbox.write(opening.channel, opening.codec.close(1000))
        self._channels.close(self._channels[opening.channel])

    def close_idle(self) -> None:
        """Close the channels without work: no more requests are to come."""
        self._channels.close_idle()

    def close(self) -> None:
        """Close every channel and forget everything; there are no more results."""
        self._requests.clear()
        self._openings.clear()
        self._channels.close_all()

    # ---------------------------------------------------------------- what the network did

    def pipe_opened(self, pipe: int) -> list[Result]:
        """TCP stands, and TLS if the order asked for it."""
        channel = self._channels.get(pipe)
        if channel is None or channel.state is not ChannelState.OPENING:
            return []
        tunnel = channel.route.tunnel
        if tunnel is None:
            self._send(channel)
        else:
            channel.ask_for_tunnel(tunnel)
        return []

    def pipe_secured(self, pipe: int) -> list[Result]:
        """TLS that a `SecurePipe` asked for stands."""
        channel = self._channels.get(pipe)
        if channel is not None and channel.state is ChannelState.SECURING:
            self._send(channel)
        return []

    def pipe_received(self, pipe: int, data: bytes) -> list[Result]:
        """Bytes came."""
        channel = self._channels.get(pipe)
        if channel is None or not data:
            return []
        if channel.websocket is not None:
            return self._frames_came(channel, channel.websocket, data)
        try:
            return self._bytes_came(channel, data)
        except AgentError as error:
            return self._fail(channel, error)

    def pipe_lost(self, pipe: int, error: Exception | None) -> list[Result]:
        """The pipe has ended: at the peer's wish (None), or by an error, also while it was opened.

        The driver closes its side and forgets the pipe; no `ClosePipe` follows.
        """
        channel = self._channels.lose(pipe)
        if channel is None:
            return []
        if channel.websocket is not None:
            channel.move(ChannelInput.CLOSE)
            lost = channel.websocket.lost(error)
            del self._openings[lost.id]
            return [lost]
        if channel.state is ChannelState.IDLE:
            channel.move(ChannelInput.CLOSE)
            return []
        work = channel.work
        if isinstance(work, HTTPRequest) and self._in_vain(channel, work):
            channel.move(ChannelInput.CLOSE)
            self._channels.open(self._http_route, work)
            return []
        # No other request is sent twice: the messages that the server took from its queue for the
        # lost answer are gone.
        if error is None:
            try:
                return self._bytes_came(channel, b"")
            except AgentError as problem:
                error = problem
        return self._fail(channel, error)

    def pipe_stale(self, pipe: int) -> list[Result]:
        """The peer had ended a pipe before it was used again: nothing was written to it."""
        channel = self._channels.lose(pipe)
        if channel is not None:
            channel.move(ChannelInput.CLOSE)
            if isinstance(channel.work, HTTPRequest):
                self._start(channel.work)
        return []

    def take_orders(self) -> list[Order]:
        """What is to be done now, in this order."""
        return self.outbox.take()

    # ---------------------------------------------------------------- requests

    def _find_routes(self) -> None:
        settings = self._settings
        self._http_route, self._websocket_route = routes_to(
            self.endpoint, settings.proxy_for, settings.wants_websocket_proxies
        )

    def _start(self, request: HTTPRequest) -> None:
        request.endpoint = self.endpoint
        channel = self._channels.take_idle(self.now)
        if channel is None:
            self._channels.open(self._http_route, request)
            return
        channel.work = request
        request.channel = channel.id
        self._send(channel)

    def _send(self, channel: Channel) -> None:
        """Send the request of a channel that leads to the server by now."""
        channel.move(ChannelInput.SEND)
        work = channel.work
        headers = self._headers_for(work.endpoint)
        if isinstance(work, HTTPRequest):
            limit = self._settings.max_message_bytes
            channel.http = channel.http or HTTP1Exchange(limit)
            channel.http.limit = limit if self._settled else min(limit, EARLY_BYTES)
            method, body = work.method, work.body
            own = work.headers
            if channel.route.prefix:
                own = [*own, *channel.route.proxy_headers]
            wire = headers.of_request(own, body)
        else:
            channel.http = HTTP1Exchange(_REFUSAL_BYTES, cut=True)
            method, body = "GET", b""
            wire = headers.of_opening(request_headers(make_key(work.nonce)))
        target = channel.route.prefix + work.endpoint.target(work.query)
        data = channel.http.send(method, target, wire, body)
        self.outbox.write(channel.id, data, channel.reused)

    def _headers_for(self, endpoint: Endpoint) -> RequestHeaders:
        if self._headers.endpoint is not endpoint:
            self._headers = self._new_headers(endpoint)
        return self._headers

    def _new_headers(self, endpoint: Endpoint) -> RequestHeaders:
        proxied = bool(self._http_route.prefix)
        return RequestHeaders(endpoint, self._first, self._settings, proxied=proxied)

    def _in_vain(self, channel: Channel, request: HTTPRequest) -> bool:
        """Whether a poll met the end of a pipe that the server was closing: it is sent once more.

        That may be done with a GET (RFC 9110, section 9.2.2) to which nothing came.
        """
        if request.method != "GET" or request.again or not channel.reused:
            return False
        request.again = channel.http is not None and not channel.http.heard
        return request.again

    # ---------------------------------------------------------------- answers

    def _bytes_came(self, channel: Channel, data: bytes) -> list[Result]:
        """Read what came on a channel that is no WebSocket yet; empty for its end."""
        if channel.state is ChannelState.TUNNELLING:
            if channel.tunnel_received(data):
                self._send(channel)
            return []
        if channel.state is ChannelState.IDLE:
            # No request is under way: the bytes belong to nothing.
            self._channels.close_unasked(channel)
            return []
        work, http = channel.work, channel.http
        if http is None:
            if not data:
                raise ConnectionLost("the connection was closed while it was being opened")
            return []
        found = http.receive(data)
        if isinstance(work, WebSocketOpening):
            return self._opening_came(channel, work, http.head, found)
        return self._answered(channel, work, found) if isinstance(found, Answer) else []

    def _answered(self, channel: Channel, request: HTTPRequest, answer: Answer) -> list[Result]:
        head = answer.head
        self._keep_cookies(request.endpoint, head)
        self._channels.release(channel, self.now)
        if (look := self._settings.on_answer) is not None:
            try:
                look(_seen(request, answer))
            except Exception as error:
                return self._fail_request(request, error)
        if head.status == 407 and channel.route.prefix:
            # RFC 9110, section 15.5.8: it is the proxy's, which the server never says.
            return self._fail_request(request, proxy_refused(channel.route, head.status))
        if request.method == "GET" and self._leads_on(head):
            try:
                self._redirect(head)
            except AgentError as error:
                return self._fail_request(request, error)
            self._start(request)
            return []
        self._settled = self._settled or head.status == 200
        del self._requests[request.id]
        return [Answered(request.id, head.status, answer.body)]

    def _opening_came(
        self,
        channel: Channel,
        opening: WebSocketOpening,
        head: Head | None,
        found: Answer | Switched | None,
    ) -> list[Result]:
        if isinstance(found, Switched):
            return self._switched(channel, opening, found)
        if head is not None and self._leads_on(head):
            self._keep_cookies(opening.endpoint, head)
            self._redirect(head)
            self._channels.close(channel)
            opening.endpoint = self.endpoint
            self._channels.open(self._websocket_route, opening)
            return []
        if found is None:
            return []
        return self._refused(channel, opening, found)

    def _switched(
        self, channel: Channel, opening: WebSocketOpening, found: Switched
    ) -> list[Result]:
        settings = self._settings
        self._keep_cookies(opening.endpoint, found.head)
        key = make_key(opening.nonce)
        problem = check_answer(found.head.values, key, settings.subprotocols)
        if problem:
            raise WebSocketFailed(problem)
        limit = settings.max_message_bytes
        websocket = WebSocketCodec(opening.id, limit, self._random, self._mask)
        channel.move(ChannelInput.SWITCHED)
        opening.codec = channel.websocket = websocket
        channel.http = None
        self._settled = True
        results: list[Result] = [SocketOpened(opening.id)]
        if found.rest:
            results += self._frames_came(channel, websocket, found.rest)
        return results

    def _frames_came(
        self, channel: Channel, websocket: WebSocketCodec, data: bytes
    ) -> list[Result]:
        results = websocket.receive(data)
        if websocket.reply:
            self.outbox.write(channel.id, websocket.reply)
            websocket.reply = b""
        if websocket.ended:
            del self._openings[websocket.id]
            self._channels.close(channel)
        return results

    def _keep_cookies(self, endpoint: Endpoint, head: Head) -> None:
        if cookies := head.cookies():
            keep_cookies(self._settings.cookies, endpoint.url, cookies)

    # ---------------------------------------------------------------- redirects and failures

    def _leads_on(self, head: Head) -> bool:
        return not self._settled and head.status in _REDIRECTS and bool(head.first("location"))

    def _redirect(self, head: Head) -> None:
        """Change the endpoint. Raises `AgentError` for a target that is not gone to."""
        if self._redirects == _MOST_REDIRECTS:
            raise BadRedirect(f"the server redirected more than {_MOST_REDIRECTS} times")
        self._redirects += 1
        target = self.endpoint.moved(head.first("location"))
        # What the core sends behind the handshake, the auth payload first, goes there as well.
        if not (self._settings.redirects_to_other_hosts or self._first.trusts(target)):
            raise BadRedirect(
                f"the server redirected to {target.scheme}://{target.address}, which is another "
                "host or port: connect to it, or follow with redirects_to_other_hosts=True"
            )
        self.endpoint = target
        self._find_routes()
        self._channels.close_idle(but=self._http_route)

    def _fail(self, channel: Channel, error: Exception) -> list[Result]:
        """Report that the work of a channel has failed."""
        self._channels.close(channel)
        work = channel.work
        if isinstance(work, HTTPRequest):
            return self._fail_request(work, error)
        partial = channel.http.so_far() if channel.http else None
        if partial is not None and not isinstance(error, BadRedirect | ProxyFailed):
            return self._refused(channel, work, partial)
        del self._openings[work.id]
        return [SocketLost(work.id, error)]

    def _fail_request(self, request: HTTPRequest, error: Exception) -> list[Result]:
        del self._requests[request.id]
        return [Failed(request.id, error)]

    def _refused(self, channel: Channel, opening: WebSocketOpening, answer: Answer) -> list[Result]:
        """The server has answered an opening, but not with a WebSocket."""
        status = answer.head.status
        self._keep_cookies(opening.endpoint, answer.head)
        self._channels.close(channel)
        del self._openings[opening.id]
        error = WebSocketFailed(f"the server answered {status} instead of opening a WebSocket")
        return [SocketLost(opening.id, error, status, answer.body)]


def _seen(request: HTTPRequest, answer: Answer) -> SeenAnswer:
    endpoint, head = request.endpoint, answer.head
    url = f"{endpoint.scheme}://{endpoint.authority}{endpoint.target(request.query)}"
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers
    )
    return SeenAnswer(request.method, url, head.status, headers, answer.body)
