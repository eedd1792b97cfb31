"""Engine.IO and Socket.IO without I/O: bytes and requests in, events and frames out.

The contract that every object here keeps:

1. Inputs are methods; an input that can move time takes `now` (seconds of a
   monotonic clock that the driver chose) and returns the events it caused, in order.
2. Outputs wait to be taken: frames in `Link.take_frames`, HTTP in
   `Exchange.step`; `Server.take_ready` names what can go on. A client starts
   I/O itself: what it asks for waits in `engineio.Client.take_actions`, named
   by numbers under which the driver reports what came of it.
3. Deadlines are a query, `next_deadline`; call `handle_timeout` at or after
   it. Early or extra calls do nothing.
4. Input from the network never raises: it becomes an event. Misuse by the
   application raises `LocalProtocolError`. Objects are not thread-safe: a driver holds
   one lock around input and take, and acts on what it took after releasing it.

Ids and time are given, never fetched, so every run can be replayed.
"""

from . import engineio, socketio
from .__about__ import __version__
from .byte_connection import ByteConnection
from .entrance import Entrance
from .prepared import Prepared
from .protocol_errors import DecodeError, LocalProtocolError, SioError
from .reasons import Reason
from .values import Frame, Headers, Request, Response

__all__ = [
    "ByteConnection",
    "DecodeError",
    "Entrance",
    "Frame",
    "Headers",
    "LocalProtocolError",
    "Prepared",
    "Reason",
    "Request",
    "Response",
    "SioError",
    "__version__",
    "engineio",
    "socketio",
]
