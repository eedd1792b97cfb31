"""The Admin UI of Socket.IO: a namespace in which its page hears what the server does.

`instrumented.py` is the way through. Nothing of this is imported before `instrument()` is called.
"""

from .colours import InstrumentedAsyncServer, InstrumentedServer
from .event_buffer import EventBuffer
from .names import HOSTNAME, PID

__all__ = ["HOSTNAME", "PID", "EventBuffer", "InstrumentedAsyncServer", "InstrumentedServer"]
