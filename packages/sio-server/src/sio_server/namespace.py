"""Class-based namespaces: one object that handles all events of a namespace."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sio_core.handlers import EventMethods

from .dispatch.runners import resolve
from .shared import ServerApi

if TYPE_CHECKING:
    from .async_server import AsyncServer  # noqa: F401 - below, as text
    from .server import Server  # noqa: F401

ServerT = TypeVar("ServerT", bound=ServerApi[Any])


class BaseNamespace(EventMethods, Generic[ServerT]):
    """What both kinds of class-based namespaces have in common."""

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.server: ServerT = None  # type: ignore[assignment]  # until it is registered

    def _set_server(self, server: ServerT) -> None:
        self.server = server

    def rooms(self, sid: str, namespace: str | None = None) -> list[Any]:
        """`rooms` of the server with this namespace as the default."""
        return self.server.rooms(sid, namespace=namespace or self.namespace)


class AsyncNamespace(BaseNamespace["AsyncServer"]):
    """Base of class-based namespaces for `AsyncServer`.

    An event `my_event` goes to the method `on_my_event`, which may be a
    coroutine; an event without a method is ignored. One object serves all
    clients. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    def is_asyncio_based(self) -> bool:
        """True: it belongs to an `AsyncServer`."""
        return True

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the server's `not_handled`.
        """
        found = self._method(self.server, event, args)
        if found is None:
            return self.server.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else await resolve(handler(*fitting))

    async def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        ignore_queue: bool = False,
    ) -> None:
        """`AsyncServer.emit` with this namespace as the default."""
        await self.server.emit(
            event,
            data=data,
            to=to,
            room=room,
            skip_sid=skip_sid,
            namespace=namespace or self.namespace,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    async def send(
        self,
        data: Any,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        ignore_queue: bool = False,
    ) -> None:
        """`AsyncServer.send` with this namespace as the default."""
        await self.server.send(
            data,
            to=to,
            room=room,
            skip_sid=skip_sid,
            namespace=namespace or self.namespace,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    async def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
    ) -> Any:
        """`AsyncServer.call` with this namespace as the default."""
        return await self.server.call(
            event,
            data=data,
            to=to,
            sid=sid,
            namespace=namespace or self.namespace,
            timeout=timeout,
            ignore_queue=ignore_queue,
        )

    async def enter_room(self, sid: str, room: Any, namespace: str | None = None) -> None:
        """`AsyncServer.enter_room` with this namespace as the default."""
        await self.server.enter_room(sid, room, namespace=namespace or self.namespace)

    async def leave_room(self, sid: str, room: Any, namespace: str | None = None) -> None:
        """`AsyncServer.leave_room` with this namespace as the default."""
        await self.server.leave_room(sid, room, namespace=namespace or self.namespace)

    async def close_room(self, room: Any, namespace: str | None = None) -> None:
        """`AsyncServer.close_room` with this namespace as the default."""
        await self.server.close_room(room, namespace=namespace or self.namespace)

    async def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """`AsyncServer.get_session` with this namespace as the default."""
        return await self.server.get_session(sid, namespace=namespace or self.namespace)

    async def save_session(
        self, sid: str, session: dict[str, Any], namespace: str | None = None
    ) -> None:
        """`AsyncServer.save_session` with this namespace as the default."""
        await self.server.save_session(sid, session, namespace=namespace or self.namespace)

    def session(
        self, sid: str, namespace: str | None = None
    ) -> AbstractAsyncContextManager[dict[str, Any]]:
        """`AsyncServer.session` with this namespace as the default."""
        return self.server.session(sid, namespace=namespace or self.namespace)

    async def disconnect(self, sid: str, namespace: str | None = None) -> None:
        """`AsyncServer.disconnect` with this namespace as the default."""
        await self.server.disconnect(sid, namespace=namespace or self.namespace)


class Namespace(BaseNamespace["Server"]):
    """Base of class-based namespaces for `Server`.

    An event `my_event` goes to the method `on_my_event`; an event without a
    method is ignored. One object serves all
    clients. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    def is_asyncio_based(self) -> bool:
        """False: it belongs to a `Server`."""
        return False

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the server's `not_handled`.
        """
        found = self._method(self.server, event, args)
        if found is None:
            return self.server.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else handler(*fitting)

    def emit(
        self,
        event: str,
        data: Any = None,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        ignore_queue: bool = False,
    ) -> None:
        """`Server.emit` with this namespace as the default."""
        self.server.emit(
            event,
            data=data,
            to=to,
            room=room,
            skip_sid=skip_sid,
            namespace=namespace or self.namespace,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    def send(
        self,
        data: Any,
        to: Any = None,
        room: Any = None,
        skip_sid: Any = None,
        namespace: str | None = None,
        callback: Any = None,
        ignore_queue: bool = False,
    ) -> None:
        """`Server.send` with this namespace as the default."""
        self.server.send(
            data,
            to=to,
            room=room,
            skip_sid=skip_sid,
            namespace=namespace or self.namespace,
            callback=callback,
            ignore_queue=ignore_queue,
        )

    def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = 60,
        ignore_queue: bool = False,
    ) -> Any:
        """`Server.call` with this namespace as the default."""
        return self.server.call(
            event,
            data=data,
            to=to,
            sid=sid,
            namespace=namespace or self.namespace,
            timeout=timeout,
            ignore_queue=ignore_queue,
        )

    def enter_room(self, sid: str, room: Any, namespace: str | None = None) -> None:
        """`Server.enter_room` with this namespace as the default."""
        self.server.enter_room(sid, room, namespace=namespace or self.namespace)

    def leave_room(self, sid: str, room: Any, namespace: str | None = None) -> None:
        """`Server.leave_room` with this namespace as the default."""
        self.server.leave_room(sid, room, namespace=namespace or self.namespace)

    def close_room(self, room: Any, namespace: str | None = None) -> None:
        """`Server.close_room` with this namespace as the default."""
        self.server.close_room(room, namespace=namespace or self.namespace)

    def get_session(self, sid: str, namespace: str | None = None) -> dict[str, Any]:
        """`Server.get_session` with this namespace as the default."""
        return self.server.get_session(sid, namespace=namespace or self.namespace)

    def save_session(self, sid: str, session: dict[str, Any], namespace: str | None = None) -> None:
        """`Server.save_session` with this namespace as the default."""
        self.server.save_session(sid, session, namespace=namespace or self.namespace)

    def session(
        self, sid: str, namespace: str | None = None
    ) -> AbstractContextManager[dict[str, Any]]:
        """`Server.session` with this namespace as the default."""
        return self.server.session(sid, namespace=namespace or self.namespace)

    def disconnect(self, sid: str, namespace: str | None = None) -> None:
        """`Server.disconnect` with this namespace as the default."""
        self.server.disconnect(sid, namespace=namespace or self.namespace)
