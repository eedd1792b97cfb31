"""`engineio.middleware`: `WSGIApp` and `Middleware`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_wsgi.engineio import Middleware as Middleware
    from sio_wsgi.engineio import WSGIApp as WSGIApp
else:
    __getattr__, __dir__ = lazy(__name__)
