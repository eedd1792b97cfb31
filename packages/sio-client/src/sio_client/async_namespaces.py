"""Class-based namespaces of `AsyncClient`: one object that handles all events of a namespace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sio_core.handlers import EventMethods

if TYPE_CHECKING:
    from .async_client import AsyncClient


class AsyncClientNamespace(EventMethods):
    """Base of class-based namespaces for `AsyncClient`.

    An event `my_event` goes to the method `on_my_event`, which may be a
    coroutine; an event without a method is ignored. With `"*"` as its name it
    serves every namespace that has no handlers, and methods get the namespace's
    name first.
    """

    def __init__(self, namespace: str | None = None) -> None:
        super().__init__(namespace)
        self.client: AsyncClient = None  # type: ignore[assignment]  # until it is registered

    def _set_client(self, client: AsyncClient) -> None:
        self.client = client

    def is_asyncio_based(self) -> bool:
        """True: it belongs to an `AsyncClient`."""
        return True

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the client's `not_handled`.
        """
        found = self._method(self.client, event, args)
        if found is None:
            return self.client.not_handled
        handler, fitting = found
        if handler is None:
            return fitting[0]
        result = handler(*fitting)
        return await result if inspect.isawaitable(result) else result

    async def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """`AsyncClient.emit` with this namespace as the default."""
        await self.client.emit(
            event, data=data, namespace=namespace or self.namespace, callback=callback
        )

    async def send(
        self,
        data: Any,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """`AsyncClient.send` with this namespace as the default."""
        await self.client.send(data, namespace=namespace or self.namespace, callback=callback)

    async def call(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        timeout: float | None = 60,
    ) -> Any:
        """`AsyncClient.call` with this namespace as the default."""
        return await self.client.call(
            event, data=data, namespace=namespace or self.namespace, timeout=timeout
        )

    async def disconnect(self) -> None:
        """`AsyncClient.disconnect`: it ends the connection, not this namespace alone."""
        await self.client.disconnect()
