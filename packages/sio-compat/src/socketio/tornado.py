"""`socketio.tornado`: `get_tornado_handler`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_tornado import get_tornado_handler as get_tornado_handler
else:
    __getattr__, __dir__ = lazy(__name__)
