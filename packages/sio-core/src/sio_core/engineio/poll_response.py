"""The answer to a poll: messages whose HTTP body is made when it is asked for, if it is large.

Encoding and compressing a large body takes a while and concerns no one else. So
the exchange hands on what the body is made of, and the driver has it made where
that keeps nobody waiting: without its lock, or in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..http.compression import compress, negotiate
from ..prepared import Deferred, Prepared
from ..values import Headers, Request, Response
from . import jsonp
from .revision import Revision

if TYPE_CHECKING:
    from .config import Config

SMALL_BYTES = 1000
"""Bytes of messages up to which an answer is made sooner than put off."""
HEAVY_BYTES = 100_000
"""Bytes of messages from which on compressing them takes some milliseconds."""
NO_STORE = ("cache-control", "no-store")


def answer_poll(
    messages: Sequence[Prepared],
    revision: Revision,
    config: Config,
    request: Request,
    script: str | None,
    headers: Headers,
) -> Response:
    """Return the answer with `messages` to `request`, a `PollResponse` unless it is made at once.

    The other arguments are those of `PollResponse`.
    """
    if script is None and _are_small(messages):
        body, kind = revision.encode_payload(messages)
        if not config.compression or len(body) < config.compression_threshold:
            return Response(200, (("content-type", kind), NO_STORE, *headers), body)
    encodings = request.header("accept-encoding")
    return PollResponse(
        messages, revision, config, encodings=encodings, script=script, headers=headers
    )


def _are_small(messages: Sequence[Prepared]) -> bool:
    size = 0
    for message in messages:
        if isinstance(message, Deferred):
            return False  # to make it may call the application
        size += message.size
    return size <= SMALL_BYTES


class PollResponse(Response):
    """A `PollResponse` makes its `headers` and `body` when one is first read, or in `make`."""

    __slots__ = (
        "_config",
        "_encodings",
        "_made",
        "_more_headers",
        "_script",
        "messages",
        "revision",
    )

    status = 200

    messages: Sequence[Prepared]
    revision: Revision
    _config: Config
    _encodings: str
    _made: tuple[Headers, bytes] | None
    _more_headers: Headers
    _script: str | None

    def __init__(
        self,
        messages: Sequence[Prepared],
        revision: Revision,
        config: Config,
        *,
        encodings: str,
        script: str | None,
        headers: Headers,
    ) -> None:
        """Answer with `messages`.

        With `script` it is a script that calls the client's function of that number;
        `encodings` is what the client said in `Accept-Encoding`; `headers` come
        after those that describe the body.
        """
        self.messages = messages
        self.revision = revision
        self._config = config
        self._encodings = encodings
        self._script = script
        self._more_headers = headers
        self._made = None

    @property
    def heavy(self) -> bool:
        """True if making it takes so long that others should not wait for it."""
        return (
            self._config.compression
            and sum([message.size for message in self.messages]) >= HEAVY_BYTES
        )

    @property
    def headers(self) -> Headers:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The headers, those that describe the body first."""
        return self.make()[0]

    @property
    def body(self) -> bytes:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The messages as an HTTP body."""
        return self.make()[1]

    def make(self) -> tuple[Headers, bytes]:
        """Make the headers and the body, once; looks at nothing but the messages."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> tuple[Headers, bytes]:
        config, messages = self._config, self.messages
        body, kind = self.revision.encode_payload(messages)
        headers = [("content-type", kind), NO_STORE]
        if self._script is not None:
            body = jsonp.encode_body(self._script, body)
            headers = [*jsonp.HEADERS, NO_STORE]
        if (
            config.compression
            and len(body) >= config.compression_threshold
            and any(message.compress for message in messages)
        ):
            encoding = negotiate(self._encodings)
            if encoding is not None:
                body = compress(body, encoding)
                headers.append(("content-encoding", encoding))
        return (*headers, *self._more_headers), body

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        mine, theirs = ((it.status, it.headers, it.body) for it in (self, other))
        return mine == theirs

    def __hash__(self) -> int:
        return hash((self.status, self.headers, self.body))
