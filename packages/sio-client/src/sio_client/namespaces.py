"""Class-based namespaces of clients: one object that handles all events of a namespace."""

from __future__ import annotations

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
    send = forward(Client.send)
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
