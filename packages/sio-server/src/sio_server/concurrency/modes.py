"""The async modes of the blocking server, each with the primitives that it brings."""

from __future__ import annotations

from collections.abc import Callable

from .eventlet_mode import eventlet_mode
from .gevent_mode import gevent_mode
from .primitives import Concurrency
from .threading_mode import threading_mode

MODES: dict[str, Callable[[], Concurrency]] = {
    "eventlet": eventlet_mode,
    "gevent_uwsgi": gevent_mode,
    "gevent": gevent_mode,
    "threading": threading_mode,
}
"""How to make the value for each mode of `Server`, in the order in which they are tried."""
