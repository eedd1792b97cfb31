"""The end of an asyncio server: clients are told, handlers finish, and the rest is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from sio_core import Reason
from sio_core.engineio import Session

if TYPE_CHECKING:
    from .driver import Driver

CHECK_SECONDS = 0.02
"""How often a shutdown looks whether clients are told and handlers are done."""

TURNS = 5
"""Turns of the event loop that an answer takes at most from its session's end to its sending."""

DETAIL = "server shutting down"


class Ending:
    """One shutdown of `driver`, in the current task; `others()` are tasks to wait for."""

    def __init__(
        self, driver: Driver[Any], others: Callable[[], Collection[asyncio.Task[Any]]]
    ) -> None:
        self._driver = driver
        self._others = others
        self._loop = driver.loop
        self._current = asyncio.current_task()

    async def run(self, seconds: float) -> None:
        """Close every session, wait until all is done, and cut off what is left after `seconds`."""
        driver, loop = self._driver, self._loop
        deadline = loop.time() + seconds
        for session in list(driver.engine.sessions.values()):
            driver.input(partial(driver.engine.close, session, detail=DETAIL))
        while (left := deadline - loop.time()) > 0 and self._busy():
            await asyncio.sleep(min(CHECK_SECONDS, left))
        for session in list(driver.engine.sessions.values()):
            driver.input(partial(session.end, reason=Reason("forced close", DETAIL)))
        await self._end_requests()

    def _busy(self) -> bool:
        """True while a client is not told, or a task other than the current has work to do."""
        driver = self._driver
        return (
            any(poll.task is not self._current for poll in driver.polls)
            or any(not _end_sent(session) for session in driver.engine.sessions.values())
            or any(
                task is not self._current and task.get_loop() is self._loop
                for task in (*driver.tasks, *self._others())
            )
        )

    async def _end_requests(self) -> None:
        """Let requests be answered whose sessions were just ended; cut off the others."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for poll in self._driver.polls:
            if poll.task is not self._current:
                poll.interrupt()


def _end_sent(session: Session) -> bool:
    """Whether a client that can be told of the end was."""
    if session.link is None:
        return not session.polled
    sent: bool = session.link.driver.end_sent
    return sent
