"""Requests and answers on one connection, one after the other: HTTP/1.1 by h11."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import h11

from ..errors import BadAnswer, ConnectionLost
from .content_coding import decoded, too_big

Wire = list[tuple[bytes, bytes]]
"""Headers as they are sent."""

HEAD_BYTES: Final = 64 * 1024
"""The most bytes that the status line and the headers of an answer may have."""

_PARTS: Final = (h11.InformationalResponse, h11.Response, h11.Data, h11.EndOfMessage)
_END: Final = h11.EndOfMessage()
_SET_COOKIES: Final = frozenset((b"set-cookie", b"set-cookie2"))


@dataclass(slots=True)
class Head:
    """A `Head` is the beginning of an answer; `headers` have names in lower case."""

    status: int
    headers: Wire = field(repr=False)

    def first(self, name: str) -> str:
        """The value of the first header of this name; empty if there is none."""
        return next(iter(self.values(name)), "")

    def all(self, name: str) -> str:
        """The values of all headers of this name, joined by commas."""
        return ", ".join(self.values(name))

    def cookies(self) -> list[tuple[str, str]]:
        """The headers that set cookies."""
        return [
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in self.headers
            if name in _SET_COOKIES
        ]

    def values(self, name: str) -> list[str]:
        """The values of all headers of this name, which is in lower case."""
        wanted = name.encode("ascii")
        return [value.decode("latin-1") for other, value in self.headers if other == wanted]


@dataclass(slots=True)
class Answer:
    """An `Answer` is a whole answer, decoded."""

    head: Head
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Switched:
    """A `Switched` says that the connection does not speak HTTP from here on.

    `rest` has come already.
    """

    head: Head
    rest: bytes = field(repr=False)


class HTTP1Exchange:
    """An `HTTP1Exchange` writes requests and reads answers, without the connection.

    An answer has at most `limit` bytes. Of one that is larger the beginning is
    returned where `cut` is true; else it is an error.
    """

    __slots__ = ("_body", "_connection", "_cut", "head", "heard", "limit", "reusable")

    def __init__(self, limit: int, *, cut: bool = False) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES)
        self.limit = limit
        self._cut = cut
        self._body = bytearray()
        self.head: Head | None = None
        """The beginning of the answer, once it is known."""
        self.reusable = False
        """Whether there can be another request, after an answer."""
        self.heard = False
        """Whether bytes came since the request was sent."""

    def send(self, method: str, target: str, headers: Wire, body: bytes) -> bytes:
        """The bytes of a request."""
        self._body = bytearray()
        self.head, self.reusable, self.heard = None, False, False
        send = self._connection.send
        sent = send(h11.Request(method=method, target=target, headers=headers)) or b""
        if body:
            sent += send(h11.Data(data=body)) or b""
        send(_END)  # nothing is written for it, as no body is sent in chunks
        return sent

    def receive(self, data: bytes) -> Answer | Switched | None:
        """Read what came; empty for the end of the connection. Returns the answer when complete.

        Raises `BadAnswer`, or `ConnectionLost` at the end of the connection.
        """
        self.heard = self.heard or bool(data)
        try:
            self._connection.receive_data(data)
            while True:
                event = self._connection.next_event()
                if not isinstance(event, _PARTS):
                    return None
                if found := self._take(event):
                    return found
        except h11.ProtocolError:
            if data:
                raise BadAnswer("the server sent what is not a valid HTTP answer") from None
            raise ConnectionLost(
                "the server closed the connection before its answer was complete"
            ) from None

    def so_far(self) -> Answer | None:
        """The answer as far as it has come; None while not even its head is known."""
        return Answer(self.head, bytes(self._body[: self.limit])) if self.head else None

    def _take(self, event: h11.Event) -> Answer | Switched | None:
        if isinstance(event, (h11.InformationalResponse, h11.Response)):
            head = Head(event.status_code, list(event.headers))
            if self._connection.their_state is h11.SWITCHED_PROTOCOL:
                return Switched(head, self._connection.trailing_data[0])
            if isinstance(event, h11.Response):
                self.head = head
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self.limit:
                if self._cut:
                    return self.so_far()
                raise too_big(self.limit)
        else:
            return self._complete()
        return None

    def _complete(self) -> Answer:
        assert self.head is not None
        body, self._body = bytes(self._body), bytearray()
        if coding := self.head.all("content-encoding"):
            body = decoded(body, coding, self.limit)
        connection = self._connection
        done = connection.our_state is h11.DONE and connection.their_state is h11.DONE
        # Bytes that came before the next request is sent cannot be its answer.
        if done and not connection.trailing_data[0]:
            connection.start_next_cycle()
            self.reusable = True
        return Answer(self.head, body)


def encoded(name: str, value: str) -> tuple[bytes, bytes]:
    """A header as it is sent."""
    value = value.strip(" \t")
    try:
        return name.encode("ascii"), value.encode("latin-1")
    except UnicodeEncodeError:
        return name.encode("ascii"), value.encode("utf-8", "replace")
