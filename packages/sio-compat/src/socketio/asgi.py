"""`socketio.asgi`: `ASGIApp`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_asgi import ASGIApp as ASGIApp
else:
    __getattr__, __dir__ = lazy(__name__)
