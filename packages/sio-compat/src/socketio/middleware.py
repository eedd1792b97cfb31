"""`socketio.middleware`: `WSGIApp`, `Middleware`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_wsgi import Middleware as Middleware
    from sio_wsgi import WSGIApp as WSGIApp

__getattr__ = getter(__name__, MODULES["middleware"])
