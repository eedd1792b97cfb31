"""Whether a blocking client reads what its server sends: not while its handlers are far behind.

A server that is not read is held back by TCP, and waits. But its pings wait behind what it
sent before them, and a client that does not answer them is gone. So reading goes on for a
while whenever a ping is due, until that has come. What this adds has a bound of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from .thread_dispatcher import ThreadDispatcher


class InboundLimit:
    """An `InboundLimit` decides by the queue of `dispatcher` whether more is read.

    Call its methods with the driver's lock held.
    Past `most` events, or half of `most_bytes`, nothing is read but heartbeats until half of
    that has begun; `wake` is called then. `full` is the last decision.
    A decision is due while it is `over_limit` or its dispatcher is `crowded`.
    """

    def __init__(
        self, dispatcher: ThreadDispatcher, wake: Callable[[], None], most: int, most_bytes: int
    ) -> None:
        self.full = False
        self._dispatcher = dispatcher
        self._wake = wake
        self._most = most
        self._most_bytes = most_bytes
        self.over_limit = False
        """True from the time at which too much waited until half of it has begun."""
        self._excess = 0
        dispatcher.large_count, dispatcher.large_bytes = most, most_bytes // 2

    @property
    def overflows(self) -> bool:
        """Whether too many bytes wait, and some of them are new; true once for these.

        One event may be as large as a message can be.
        """
        dispatcher = self._dispatcher
        too_many = dispatcher.size > self._most_bytes and dispatcher.count > 1
        if not too_many or dispatcher.arrived == self._excess:
            return False
        self._excess = dispatcher.arrived
        dispatcher.remark(
            logging.WARNING,
            "more than %d bytes wait for handlers (max_waiting_bytes): the connection is ended",
            self._most_bytes,
        )
        return True

    def decide(self, reading: bool) -> None:
        """Decide anew; `reading` is whether it has to be read in any case, as for a heartbeat."""
        dispatcher = self._dispatcher
        dispatcher.small_count, dispatcher.small_bytes = self._most // 2, self._most_bytes // 4
        if not self.over_limit:
            self.over_limit = True
            dispatcher.remark(
                logging.WARNING,
                "%d events of %d bytes wait for handlers (max_waiting_events, max_waiting_bytes): "
                "little more than heartbeats is read until half of them have begun",
                dispatcher.count,
                dispatcher.size,
            )
        dispatcher.on_backlog_small = self._wake
        # That may have been so before `wake` was asked for.
        if dispatcher.backlog_small:
            dispatcher.on_backlog_small = None
            self.over_limit = False
        # A handler that waits for an acknowledgement takes no events: its answer has to be read.
        self.full = self.over_limit and not reading and not dispatcher.waits_for_answer
