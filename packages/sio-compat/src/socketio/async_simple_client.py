"""`socketio.async_simple_client`: `AsyncSimpleClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client import AsyncClient as AsyncClient
    from sio_client import AsyncSimpleClient as AsyncSimpleClient
    from sio_core.exceptions import DisconnectedError as DisconnectedError
    from sio_core.exceptions import SocketIOError as SocketIOError
    from sio_core.exceptions import TimeoutError as TimeoutError
else:
    __getattr__, __dir__ = lazy(__name__)
