"""The primitives of an async mode: threads, greenlets of gevent, or green threads of eventlet."""

from .drivers.threads.concurrency import Concurrency, Flag, Lock, Strand, Workers
from .drivers.threads.eventlet_mode import eventlet_mode
from .drivers.threads.gevent_mode import gevent_mode
from .drivers.threads.modes import MODES
from .drivers.threads.threading_mode import threading_mode

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
