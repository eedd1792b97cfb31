"""The async mode `threading`: threads of the operating system."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from .primitives import Concurrency
from .threads import Threads


def _spawn_thread(target: Callable[..., Any], *args: Any, **kwargs: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return thread


def threading_mode() -> Concurrency:
    """Return the primitives of the operating system's threads."""
    return Concurrency(
        name="threading",
        spawn=_spawn_thread,
        workers=Threads,
        lock=threading.Lock,
        event=threading.Event,
        queue=queue.Queue,
        sleep=time.sleep,
    )
