"""The answer to a poll: messages whose HTTP body is made when it is asked for.

Encoding and compressing a large body takes a while and concerns no one else. So
the exchange hands on what the body is made of, and the driver has it made where
that keeps nobody waiting: without its lock, or in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..http.compression import compress, negotiate
from ..prepared import Prepared
from ..values import Headers, Response
from . import jsonp
from .revision import Revision

if TYPE_CHECKING:
    from .config import Config

HEAVY_BYTES = 100_000
"""Bytes of messages from which on compressing them takes some milliseconds."""


class PollResponse(Response):
    """A response that is made when `headers` or `body` is first read, or by `make`."""

    __slots__ = (
        "_config",
        "_encodings",
        "_made",
        "_more_headers",
        "_script",
        "messages",
        "revision",
    )

    status: int
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
        put = object.__setattr__  # the class that this one is made of is frozen
        put(self, "status", 200)
        put(self, "messages", messages)
        put(self, "revision", revision)
        put(self, "_config", config)
        put(self, "_encodings", encodings)
        put(self, "_script", script)
        put(self, "_more_headers", headers)
        put(self, "_made", None)

    @property
    def heavy(self) -> bool:
        """True if making it takes so long that others should not wait for it."""
        return (
            self._config.compression
            and sum(message.size for message in self.messages) >= HEAVY_BYTES
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
            object.__setattr__(self, "_made", self._make())
            assert self._made is not None, "it was made"
        return self._made

    def _make(self) -> tuple[Headers, bytes]:
        config, messages = self._config, self.messages
        body, kind = self.revision.encode_payload(messages)
        headers = [("content-type", kind), ("cache-control", "no-store")]
        if self._script is not None:
            body = jsonp.encode_body(self._script, body)
            headers = [*jsonp.HEADERS, ("cache-control", "no-store")]
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
