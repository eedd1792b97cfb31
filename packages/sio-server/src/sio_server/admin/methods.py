"""The methods of both instrumented servers that wait: coroutines that threads run to their end."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable
from typing import Any

from .instrumented import Instrumented


class InstrumentedMethods(Instrumented):
    """`InstrumentedMethods` has what programs may call, beside `instrument` and `uninstrument`."""

    @staticmethod
    @abstractmethod
    def _waits(call: Any, /) -> Awaitable[Any]:
        """Make a call of this colour something to await."""

    async def admin_connect(self, sid: str, environ: Any, client_auth: Any = None) -> None:
        """Let a client of the page in if it may; raises `ConnectionRefusedError` if not."""
        await self._waits(self._run(self._admit(sid, environ, client_auth)))

    # `_` is the sid of the page's client: programs that call these methods know it by that name.

    async def admin_emit(
        self, _: str, namespace: Any, room_filter: Any, event: Any, *data: Any
    ) -> bool:
        """Send an event to clients of any server, for the page. Returns False if it may not."""
        names = (namespace, event) if room_filter is None else (namespace, event, room_filter)
        is_order = all(type(name) is str for name in names) and namespace != self.admin_namespace
        order = ("emit", namespace, (event, data), room_filter)
        return bool(await self._waits(self._asked(_, order, is_order)))

    async def admin_enter_room(
        self, _: str, namespace: Any, room: Any, room_filter: Any = None
    ) -> bool:
        """Put clients of any server into a room, for the page. Returns False if it may not."""
        return bool(await self._waits(self._asked(_, ("join", namespace, room, room_filter))))

    async def admin_leave_room(
        self, _: str, namespace: Any, room: Any, room_filter: Any = None
    ) -> bool:
        """Take clients of any server out of a room, for the page. Returns False if it may not."""
        return bool(await self._waits(self._asked(_, ("leave", namespace, room, room_filter))))

    async def admin_disconnect(
        self, _: str, namespace: Any, close: Any = False, room_filter: Any = None
    ) -> bool:
        """Disconnect clients of any server, for the page. Returns False if it may not."""
        return bool(
            await self._waits(self._asked(_, ("disconnect", namespace, close, room_filter)))
        )

    async def shutdown(self) -> None:
        """Stop the task that sends statistics, which begins again when somebody logs in."""
        task = self._stop()
        if task is not None:
            await self._waits(self._join(task))

    async def _emit_server_stats(self, stop: Any = None) -> None:
        """Send statistics from time to time, and what happens at once, while somebody looks."""
        await self._waits(self._run(self._watch(self.stop_stats_event if stop is None else stop)))
