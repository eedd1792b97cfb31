"""The primitives of an async mode: threads, greenlets of gevent, or green threads of eventlet."""

from ..drivers.threads.concurrency import (
    MODES,
    Concurrency,
    Flag,
    Lock,
    Strand,
    Workers,
    eventlet_mode,
    gevent_mode,
    threading_mode,
)

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
