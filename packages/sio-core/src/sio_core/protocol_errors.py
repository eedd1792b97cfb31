"""The two kinds of mistake: those of peers and those of the application.

What a peer sends never raises out of the core's inputs: it becomes an event
with a reason. `DecodeError` travels only inside the core, from a codec to the
state machine that closes the connection. Misuse by the application raises
`LocalProtocolError`, whose text says what to do instead.
"""

from __future__ import annotations


class SioError(Exception):
    """Everything that this package raises on its own derives from this class."""


class LocalProtocolError(SioError, ValueError):
    """The application asked for something that the protocol does not allow."""


class LocalTypeError(LocalProtocolError, TypeError):
    """The application wanted to send an object that the codec has no form for.

    The `json` of Python raises `TypeError` then, and so do programs' own codecs.
    """


def unsendable(error: Exception) -> LocalProtocolError:
    """Return what to raise where JSON has no form for something, since a codec raised `error`."""
    kind = LocalTypeError if isinstance(error, TypeError) else LocalProtocolError
    return kind(f"not possible in JSON: {error}")


class DecodeError(SioError):
    """A peer sent something that is not a packet; `str()` of it is the reason.

    The reason is short, fixed text: it never quotes what was received, so it
    can be logged.
    """
