"""The cookie of a handshake by its public name; `sio_core.http.cookies` has it."""

from .http.cookies import Attribute, Cookie

__all__ = [
    "Attribute",
    "Cookie",
]
