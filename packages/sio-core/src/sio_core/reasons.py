"""Why a connection or a namespace ended: one word for programs, detail for people.

The words of `Closed` are those of the Engine.IO protocol's reference server;
the words of `Disconnected` are the five that the Socket.IO API documents, and
that `reason` has for the handlers of servers and clients.
"""

from __future__ import annotations

from typing import Final


class Reason(str):
    """A `Reason` says why something ended; it compares equal to its documented word.

    `detail` is a short fixed text (never received data) that says what
    happened, or an empty string: `reason == "transport error"` and
    `reason.detail == "payload too large"`.
    """

    detail: str

    def __new__(cls, word: str, detail: str = "") -> Reason:
        """Make a reason from its `word` and an optional `detail`."""
        self = super().__new__(cls, word)
        self.detail = detail
        return self

    def describe(self) -> str:
        """Return the word and, in parentheses, the detail: for logs."""
        return f"{self} ({self.detail})" if self.detail else str(self)


# Engine.IO: how a session ended.
TRANSPORT_ERROR: Final = "transport error"
TRANSPORT_CLOSE: Final = "transport close"
FORCED_CLOSE: Final = "forced close"
PING_TIMEOUT: Final = "ping timeout"
PARSE_ERROR: Final = "parse error"

# Socket.IO: how a namespace was left, beside the transport's own words.
CLIENT_DISCONNECT: Final = "client disconnect"
SERVER_DISCONNECT: Final = "server disconnect"


class reason:  # noqa: N801 - the documented name
    """These words say why a client was disconnected, as disconnect handlers are told."""

    CLIENT_DISCONNECT = "client disconnect"
    """Client-initiated disconnection."""
    SERVER_DISCONNECT = "server disconnect"
    """Server-initiated disconnection."""
    PING_TIMEOUT = "ping timeout"
    """The other side sent no heartbeat in time."""
    TRANSPORT_CLOSE = "transport close"
    """The connection ended."""
    TRANSPORT_ERROR = "transport error"
    """The connection broke, or the other side broke the protocol."""


def disconnect_reason(closed: Reason) -> Reason:
    """Return the documented word for a session that ended with `closed`.

    A parse error is documented as a transport error and a forced close as a
    disconnection by the server; the detail keeps what was more exact.
    """
    if closed == PARSE_ERROR:
        detail = f"parse error: {closed.detail}" if closed.detail else "parse error"
        return Reason(TRANSPORT_ERROR, detail)
    if closed == FORCED_CLOSE:
        return Reason(SERVER_DISCONNECT, closed.detail)
    return closed
