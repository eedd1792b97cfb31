"""The end of an asyncio server: clients are told, handlers finish, and the rest is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from ..shared import CUT_OFF, SHUTTING_DOWN, sessions_of, some_await_their_end
from .entrance.entrance import Entrance
from .poll import Poll

CHECK_SECONDS = 0.02
"""Seconds between two checks whether clients are told and handlers are done."""

TURNS = 5
"""Turns of the event loop that an answer takes at most from its session's end to its sending."""


class Shutdown:
    """One shutdown of a driver, in the current task.

    `polls` are the requests that have no answer yet, `others()` more tasks to wait for.
    """

    def __init__(
        self,
        entrance: Entrance[Any],
        polls: Collection[Poll],
        others: Callable[[], Collection[asyncio.Task[Any]]],
    ) -> None:
        self._entrance = entrance
        self._polls = polls
        self._others = others
        self._loop = entrance.loop
        self._current = asyncio.current_task()

    async def run(self, seconds: float) -> None:
        """Close every session, wait until all is done, and cut off what is left after `seconds`."""
        entrance, engine, loop = self._entrance, self._entrance.engine, self._loop
        deadline = loop.time() + seconds
        for session in sessions_of(engine):
            entrance.input(partial(engine.close, session, detail=SHUTTING_DOWN))
        while (left := deadline - loop.time()) > 0 and self._busy():
            await asyncio.sleep(min(CHECK_SECONDS, left))
        for session in sessions_of(engine):
            entrance.input(partial(session.end, reason=CUT_OFF))
        await self._end_requests()

    def _busy(self) -> bool:
        """True while a client is not told, or a task other than the current has work to do."""
        return (
            any(poll.task is not self._current for poll in self._polls)
            or some_await_their_end(self._entrance.engine)
            or any(
                task is not self._current and task.get_loop() is self._loop
                for task in (*self._entrance.tasks, *self._others())
            )
        )

    async def _end_requests(self) -> None:
        """Let requests be answered whose sessions were just ended; cut off the others."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for poll in list(self._polls):
            if poll.task is not self._current:
                poll.interrupt()
