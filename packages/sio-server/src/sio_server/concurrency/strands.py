"""The threads that run handlers, and the jobs of one client, which begin in order.

What handlers leave in a `threading.local` cannot be cleared from outside. So a thread that has
run a handler runs none of another strand.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

Job = tuple[Callable[..., None], tuple[Any, ...]]


class Worker:
    """One thread, which waits for `bell`. `strand` is None while it belongs to no client.

    `counts` says that it is one of those that the limit is for.
    """

    __slots__ = ("bell", "counts", "dismissed", "ident", "strand")

    def __init__(self, strand: Strand) -> None:
        self.strand: Strand | None = strand
        self.bell = threading.Lock()
        self.bell.acquire()
        self.ident = 0
        self.counts = False
        self.dismissed = False


class Strand:
    """Jobs that begin in order. Without `overlap` each ends before the next one begins.

    `count` is how many threads are its own, `spares` which of these wait.
    """

    __slots__ = (
        "_put",
        "begun",
        "count",
        "due",
        "jobs",
        "overlap",
        "owner",
        "seen",
        "shared",
        "spares",
    )

    def __init__(
        self, put: Callable[[Strand, Job], None], *, overlap: bool = True, shared: bool = False
    ) -> None:
        self._put = put
        self.overlap = overlap
        self.shared = shared
        self.jobs: deque[Job] = deque()
        self.owner: Worker | None = None
        self.spares: list[Worker] = []
        self.begun = 0
        self.count = 0
        self.seen = -1
        self.due = False

    def put(self, target: Callable[..., None], *args: Any) -> None:
        """Have `target(*args)` run soon; it must not raise."""
        self._put(self, (target, args))
