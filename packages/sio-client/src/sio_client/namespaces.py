"""Class-based namespaces of clients: one object that handles all events of a namespace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .namespace_base import NamespaceOfClient

if TYPE_CHECKING:
    from .async_client import AsyncClient
    from .client import Client


class ClientNamespace(NamespaceOfClient):
    """Base of class-based namespaces for `Client`.

    An event `my_event` goes to the method `on_my_event`; an event without a method
    is ignored. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    client: Client
    """The client that it is registered with; None before."""

    def is_asyncio_based(self) -> bool:
        """Return False: the methods are no coroutines, for a `Client`."""
        return False

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Dispatch one event to its method; override it to see them all.

        Returns what the method returned, or the client's `not_handled`.
        """
        found = self._method(self.client, event, args)
        if found is None:
            return self.client.not_handled
        handler, fitting = found
        return fitting[0] if handler is None else handler(*fitting)

    def emit(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """`Client.emit` with this namespace as the default."""
        self.client.emit(event, data=data, namespace=namespace or self.namespace, callback=callback)

    def send(
        self,
        data: Any,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """`Client.send` with this namespace as the default."""
        self.client.send(data, namespace=namespace or self.namespace, callback=callback)

    def call(
        self,
        event: str,
        data: Any = None,
        namespace: str | None = None,
        timeout: float | None = 60,
    ) -> Any:
        """`Client.call` with this namespace as the default."""
        return self.client.call(
            event, data=data, namespace=namespace or self.namespace, timeout=timeout
        )

    def disconnect(self) -> None:
        """`Client.disconnect`: it ends the connection of every namespace."""
        self.client.disconnect()


class AsyncClientNamespace(NamespaceOfClient):
    """Base of class-based namespaces for `AsyncClient`.

    An event `my_event` goes to the method `on_my_event`, which may be a
    coroutine; an event without a method is ignored. With `"*"` as its name it
    serves every namespace that has no handlers, and methods get the namespace's
    name first.
    """

    client: AsyncClient
    """The client that it is registered with; None before."""

    def is_asyncio_based(self) -> bool:
        """Return True: the methods are coroutines, for an `AsyncClient`."""
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
