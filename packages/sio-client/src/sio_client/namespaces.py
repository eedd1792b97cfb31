"""Class-based namespaces of clients: one object that handles all events of a namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sio_core.handlers import AwaitingMethods, BlockingMethods, forward

from .async_client import AsyncClient
from .client import Client
from .shared.namespace_base import NamespaceOfClient


class ClientNamespace(BlockingMethods, NamespaceOfClient):
    """A `ClientNamespace` handles all events of one namespace of a `Client`.

    An event `my_event` goes to the method `on_my_event`; an event without a method
    is ignored. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    client: Client
    """The client that it is registered with; None before."""

    emit = forward(Client.emit)

    def send(
        self,
        data: Any,
        room: Any = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | None = None,
    ) -> None:
        """`send` of the client, with this namespace as the default.

        `room` has its place for programs written for python-socketio; a client has no rooms.
        """
        self.client.send(data, namespace=namespace or self.namespace, callback=callback)

    call = forward(Client.call)
    disconnect = forward(Client.disconnect)


class AsyncClientNamespace(AwaitingMethods, NamespaceOfClient):
    """An `AsyncClientNamespace` handles all events of one namespace of an `AsyncClient`.

    An event `my_event` goes to the method `on_my_event`, which may be a
    coroutine; an event without a method is ignored. With `"*"` as its name it
    serves every namespace that has no handlers, and methods get the namespace's
    name first.
    """

    client: AsyncClient
    """The client that it is registered with; None before."""

    emit = forward(AsyncClient.emit)
    send = forward(AsyncClient.send)
    call = forward(AsyncClient.call)
    disconnect = forward(AsyncClient.disconnect)
