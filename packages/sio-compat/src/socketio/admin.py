"""`socketio.admin`: `InstrumentedServer` and its names, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server import ConnectionRefusedError as ConnectionRefusedError
    from sio_server.admin import HOSTNAME as HOSTNAME
    from sio_server.admin import PID as PID
    from sio_server.admin import EventBuffer as EventBuffer
    from sio_server.admin import InstrumentedServer as InstrumentedServer
else:
    __getattr__, __dir__ = lazy(__name__)
