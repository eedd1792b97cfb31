"""What a server waits and works with: threads, or the greenlets of gevent or eventlet."""

from .eventlet_mode import eventlet_mode
from .gevent_mode import gevent_mode
from .modes import MODES
from .primitives import Concurrency, Flag, Lock, Strand, Workers
from .threading_mode import threading_mode

__all__ = [
    "MODES",
    "Concurrency",
    "Flag",
    "Lock",
    "Strand",
    "Workers",
    "eventlet_mode",
    "gevent_mode",
    "threading_mode",
]
