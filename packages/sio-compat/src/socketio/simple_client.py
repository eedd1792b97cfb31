"""`socketio.simple_client`: `SimpleClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_client import Client as Client
    from sio_client import SimpleClient as SimpleClient
    from sio_core.exceptions import DisconnectedError as DisconnectedError
    from sio_core.exceptions import SocketIOError as SocketIOError
    from sio_core.exceptions import TimeoutError as TimeoutError
else:
    __getattr__, __dir__ = lazy(__name__)
