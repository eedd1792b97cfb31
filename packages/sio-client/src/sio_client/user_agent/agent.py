"""The user agent: what a client's core asks for, as bytes on pipes, without doing any I/O.

HTTP/1.1 by h11 and WebSockets, through proxies where settings say so. One agent
serves one connection attempt. Whatever a server sends, no input raises: it
becomes a result with an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Final

from sio_core.prepared import Prepared

from ..settings.settings import EARLY_BYTES, Settings
from .channel import Pipe, Stage, proxy_refused
from .channel_work import Job, Opening
from .cookies import keep_cookies
from .endpoint import Endpoint
from .errors import AgentError, BadRedirect, ConnectionLost, ProxyFailed, WebSocketFailed
from .headers import RequestHeaders
from .http1 import Answer, Head, HTTPPipe, Switched, Wire
from .masking import fastest_mask
from .orders import (
    Answered,
    ClosePipe,
    Failed,
    OpenPipe,
    Order,
    Result,
    SocketLost,
    SocketOpened,
)
from .outbox import Outbox
from .route import Route, routes_to
from .websocket import WebSocketPipe
from .websocket_opening import check_acceptance, handshake_headers

if TYPE_CHECKING:
    from h11._headers import Headers

_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_MOST_REDIRECTS: Final = 5
_MOST_IDLE: Final = 4
_IDLE_SECONDS: Final = 1.5
"""How long a pipe may have been idle and be used again.

Servers close idle connections after 2 (gunicorn) to 5 seconds (uvicorn, Node.js). A POST that
meets the end of its connection cannot be sent again, for it might arrive twice.
"""
_REFUSAL_BYTES: Final = 64 * 1024
"""The most that is read of the answer to a WebSocket that is not opened."""


class Agent:
    """Requests and WebSockets of one connection attempt, by ids that are the caller's.

    After every call carry out `take_orders()`. A pipe is numbered by the agent; what
    is said of one that it has closed is ignored, so the driver need not take care.
    Raises `ProxyFailed` if settings name a proxy that is not supported.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        settings: Settings,
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
        self._outbox = Outbox()
        self._pipes: dict[int, Pipe] = {}
        self._next_pipe = count(1)
        self._jobs: dict[int, Job] = {}
        self._openings: dict[int, Opening] = {}
        self._idle: list[Pipe] = []
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
        self._jobs[id] = job = Job(id, self.endpoint, method, query, headers, body)
        self._start(job)

    def cancel(self, id: int) -> None:
        """Forget a request and close its pipe."""
        job = self._jobs.pop(id, None)
        if job is not None:
            self._close_pipe(self._pipes[job.pipe])

    def open_websocket(self, id: int, query: str) -> None:
        """Open a WebSocket; a `SocketOpened` or a `SocketLost` follows."""
        opening = Opening(id, self.endpoint, query, self._random(16))
        self._openings[id] = opening
        self._open_pipe(self._websocket_route, opening)

    def write(self, id: int, message: Prepared) -> None:
        """Send the frames of a message, back to back; nothing on a WebSocket that is not open."""
        opening = self._openings.get(id)
        if opening is not None:
            websocket = self._pipes[opening.pipe].websocket
            if websocket is not None:
                for data in websocket.frames(message):
                    self._outbox.write(opening.pipe, data)

    def close_websocket(self, id: int, code: int = 1000) -> None:
        """Send a close frame; `SocketLost` follows once the peer has answered or the pipe is lost.

        No frames come any more. One that is not open yet is forgotten, as by `abort_websocket`.
        """
        opening = self._openings.get(id)
        if opening is None:
            return
        websocket = self._pipes[opening.pipe].websocket
        if websocket is None:
            self.abort_websocket(id)
        elif not websocket.closing:
            self._outbox.write(opening.pipe, websocket.close(code))

    def abort_websocket(self, id: int) -> None:
        """Forget a WebSocket and close its pipe, without waiting for the peer's close frame."""
        opening = self._openings.pop(id, None)
        if opening is None:
            return
        pipe = self._pipes[opening.pipe]
        if pipe.websocket is not None and not pipe.websocket.closing:
            self._outbox.write(pipe.id, pipe.websocket.close(1000))
        self._close_pipe(pipe)

    def close_idle(self) -> None:
        """Close the pipes without work: no more requests are to come."""
        for pipe in self._idle:
            self._close_pipe(pipe)
        self._idle.clear()

    def close(self) -> None:
        """Close every pipe and forget everything; there are no more results."""
        self._jobs.clear()
        self._openings.clear()
        self._idle.clear()
        for pipe in list(self._pipes.values()):
            self._close_pipe(pipe)

    # ---------------------------------------------------------------- what the network did

    def pipe_opened(self, pipe: int) -> list[Result]:
        """TCP stands, and TLS if the order asked for it."""
        found = self._pipes.get(pipe)
        if found is None or found.stage is not Stage.OPENING:
            return []
        found.opened()
        self._use(found)
        return []

    def pipe_secured(self, pipe: int) -> list[Result]:
        """TLS that a `SecurePipe` asked for stands."""
        found = self._pipes.get(pipe)
        if found is None or found.stage is not Stage.SECURING:
            return []
        found.stage = Stage.READY
        self._use(found)
        return []

    def pipe_received(self, pipe: int, data: bytes) -> list[Result]:
        """Bytes came."""
        found = self._pipes.get(pipe)
        if found is None or not data:
            return []
        if found.websocket is not None:
            return self._frames_came(found, found.websocket, data)
        try:
            return self._bytes_came(found, data)
        except AgentError as error:
            return self._fail(found, error)

    def pipe_lost(self, pipe: int, error: Exception | None) -> list[Result]:
        """The pipe has ended: at the peer's wish (None), or by an error, also while it was opened.

        The driver closes its side and forgets the pipe; no `ClosePipe` follows.
        """
        found = self._pipes.pop(pipe, None)
        if found is None:
            return []
        if found.websocket is not None:
            lost = found.websocket.lost(error)
            del self._openings[lost.id]
            return [lost]
        work = found.work
        if work is None:
            self._idle.remove(found)
            return []
        if isinstance(work, Job) and self._in_vain(found, work):
            self._open_pipe(self._http_route, work)
            return []
        # Nothing else is asked twice: what the server took from its queue to answer this is gone.
        if error is None:
            try:
                return self._bytes_came(found, b"")
            except AgentError as problem:
                error = problem
        return self._fail(found, error)

    def pipe_stale(self, pipe: int) -> list[Result]:
        """The peer had ended a pipe before it was used again: nothing was written to it."""
        found = self._pipes.pop(pipe, None)
        if found is not None and isinstance(found.work, Job):
            self._start(found.work)
        return []

    def take_orders(self) -> list[Order]:
        """What is to be done now, in this order."""
        return self._outbox.take()

    # ---------------------------------------------------------------- pipes

    def _find_routes(self) -> None:
        self._http_route, self._websocket_route = routes_to(self.endpoint, self._settings)

    def _start(self, job: Job) -> None:
        job.endpoint = self.endpoint
        # The newest: the server closes those first that have been idle longest.
        pipe = self._idle.pop() if self._idle else None
        if pipe is None or self.now - pipe.idle_since > _IDLE_SECONDS:
            if pipe is not None:
                self._close_pipe(pipe)
            self._open_pipe(self._http_route, job)
            return
        pipe.work = job
        job.pipe = pipe.id
        self._use(pipe)

    def _open_pipe(self, route: Route, work: Job | Opening) -> None:
        work.pipe = id = next(self._next_pipe)
        self._pipes[id] = Pipe(id, route, work, self._outbox)
        self._outbox.add(OpenPipe(id, route.host, route.port, route.server_name))

    def _close_pipe(self, pipe: Pipe) -> None:
        if self._pipes.pop(pipe.id, None) is not None:
            self._outbox.add(ClosePipe(pipe.id))

    def _release(self, pipe: Pipe) -> None:
        """A request has its answer: keep the pipe for the next one, or close it."""
        pipe.work, pipe.idle_since, pipe.reused = None, self.now, True
        if pipe.http is None or not pipe.http.reusable or pipe.id not in self._pipes:
            self._close_pipe(pipe)
            return
        self._idle.append(pipe)
        if len(self._idle) > _MOST_IDLE:
            self._close_pipe(self._idle.pop(0))

    def _use(self, pipe: Pipe) -> None:
        """Send what the pipe is for, once it leads to the server."""
        work = pipe.work
        if pipe.stage is not Stage.READY or work is None:
            return
        headers = self._headers_for(work.endpoint)
        wire: Wire | Headers
        if isinstance(work, Job):
            limit = self._settings.max_message_bytes
            pipe.http = pipe.http or HTTPPipe(limit)
            pipe.http.limit = limit if self._settled else min(limit, EARLY_BYTES)
            method, body = work.method, work.body
            own = work.headers
            if pipe.route.prefix:
                own = [*own, *pipe.route.proxy_headers]
            wire = headers.of_request(own, body)
        else:
            pipe.http = HTTPPipe(_REFUSAL_BYTES, cut=True)
            method, body = "GET", b""
            wire = headers.of_opening(handshake_headers(work.nonce))
        target = pipe.route.prefix + work.endpoint.target(work.query)
        self._outbox.write(pipe.id, pipe.http.send(method, target, wire, body), pipe.reused)

    def _headers_for(self, endpoint: Endpoint) -> RequestHeaders:
        if self._headers.endpoint is not endpoint:
            self._headers = self._new_headers(endpoint)
        return self._headers

    def _new_headers(self, endpoint: Endpoint) -> RequestHeaders:
        proxied = bool(self._http_route.prefix)
        return RequestHeaders(endpoint, self._first, self._settings, proxied=proxied)

    def _in_vain(self, pipe: Pipe, job: Job) -> bool:
        """Whether a poll met the end of a pipe that the server was closing: it is sent once more.

        That may be done with a GET (RFC 9110, section 9.2.2) to which nothing came.
        """
        if job.method != "GET" or job.again or not pipe.reused:
            return False
        job.again = pipe.http is not None and not pipe.http.heard
        return job.again

    # ---------------------------------------------------------------- answers

    def _bytes_came(self, pipe: Pipe, data: bytes) -> list[Result]:
        """Read what came on a pipe that is no WebSocket yet; empty for its end."""
        if pipe.stage is Stage.ASKING:
            pipe.tunnelled(data)
            self._use(pipe)
            return []
        work, http = pipe.work, pipe.http
        if work is None:
            # Nothing was asked, so there is nothing to answer.
            self._idle.remove(pipe)
            self._close_pipe(pipe)
            return []
        if http is None:
            if not data:
                raise ConnectionLost("the connection was closed while it was being opened")
            return []
        found = http.receive(data)
        if isinstance(work, Opening):
            return self._opening_came(pipe, work, http.head, found)
        return self._answered(pipe, work, found) if isinstance(found, Answer) else []

    def _answered(self, pipe: Pipe, job: Job, answer: Answer) -> list[Result]:
        head = answer.head
        self._keep_cookies(job.endpoint, head)
        self._release(pipe)
        if head.status == 407 and pipe.route.prefix:
            # RFC 9110, section 15.5.8: it is the proxy's, which the server never says.
            return self._fail_job(job, proxy_refused(pipe.route, head.status))
        if job.method == "GET" and self._leads_on(head):
            try:
                self._redirect(head)
            except AgentError as error:
                return self._fail_job(job, error)
            self._start(job)
            return []
        self._settled = self._settled or head.status == 200
        del self._jobs[job.id]
        return [Answered(job.id, head.status, answer.body)]

    def _opening_came(
        self, pipe: Pipe, opening: Opening, head: Head | None, found: Answer | Switched | None
    ) -> list[Result]:
        if isinstance(found, Switched):
            return self._switched(pipe, opening, found)
        if head is not None and self._leads_on(head):
            self._keep_cookies(opening.endpoint, head)
            self._redirect(head)
            self._close_pipe(pipe)
            opening.endpoint = self.endpoint
            self._open_pipe(self._websocket_route, opening)
            return []
        if found is None:
            return []
        return self._refused(pipe, opening, found)

    def _switched(self, pipe: Pipe, opening: Opening, found: Switched) -> list[Result]:
        settings = self._settings
        self._keep_cookies(opening.endpoint, found.head)
        check_acceptance(found.head, opening.nonce, settings.subprotocols)
        limit = settings.max_message_bytes
        websocket = WebSocketPipe(opening.id, limit, self._random, self._mask)
        pipe.websocket, pipe.http = websocket, None
        self._settled = True
        results: list[Result] = [SocketOpened(opening.id)]
        if found.rest:
            results += self._frames_came(pipe, websocket, found.rest)
        return results

    def _frames_came(self, pipe: Pipe, websocket: WebSocketPipe, data: bytes) -> list[Result]:
        results = websocket.receive(data)
        if websocket.reply:
            self._outbox.write(pipe.id, websocket.reply)
            websocket.reply = b""
        if websocket.ended:
            del self._openings[websocket.id]
            self._close_pipe(pipe)
        return results

    def _keep_cookies(self, endpoint: Endpoint, head: Head) -> None:
        if cookies := head.cookies():
            keep_cookies(self._settings.cookies, endpoint.url, cookies)

    # ---------------------------------------------------------------- redirects and failures

    def _leads_on(self, head: Head) -> bool:
        return not self._settled and head.status in _REDIRECTS and bool(head.first(b"location"))

    def _redirect(self, head: Head) -> None:
        """Change the endpoint. Raises `AgentError` for a target that is not gone to."""
        if self._redirects == _MOST_REDIRECTS:
            raise BadRedirect(f"the server redirected more than {_MOST_REDIRECTS} times")
        self._redirects += 1
        target = self.endpoint.moved(head.first(b"location"))
        # What the core sends behind the handshake, the auth payload first, goes there as well.
        if not (self._settings.redirects_to_other_hosts or self._first.trusts(target)):
            raise BadRedirect(
                f"the server redirected to {target.scheme}://{target.address}, which is another "
                "host or port: connect to it, or follow with redirects_to_other_hosts=True"
            )
        self.endpoint = target
        self._find_routes()
        for pipe in [pipe for pipe in self._idle if pipe.route != self._http_route]:
            self._idle.remove(pipe)
            self._close_pipe(pipe)

    def _fail(self, pipe: Pipe, error: Exception) -> list[Result]:
        """What the pipe was for comes to nothing."""
        self._close_pipe(pipe)
        work = pipe.work
        if isinstance(work, Job):
            return self._fail_job(work, error)
        assert work is not None, "an idle pipe has nothing that could fail"
        partial = pipe.http.so_far() if pipe.http else None
        if partial is not None and not isinstance(error, BadRedirect | ProxyFailed):
            return self._refused(pipe, work, partial)
        del self._openings[work.id]
        return [SocketLost(work.id, error)]

    def _fail_job(self, job: Job, error: Exception) -> list[Result]:
        del self._jobs[job.id]
        return [Failed(job.id, error)]

    def _refused(self, pipe: Pipe, opening: Opening, answer: Answer) -> list[Result]:
        """The server has answered an opening, but not with a WebSocket."""
        status = answer.head.status
        self._keep_cookies(opening.endpoint, answer.head)
        self._close_pipe(pipe)
        del self._openings[opening.id]
        error = WebSocketFailed(f"the server answered {status} instead of opening a WebSocket")
        return [SocketLost(opening.id, error, status, answer.body)]
