"""Class-based namespaces of an `AsyncServer`: one object handles all events of a namespace."""

from __future__ import annotations

from sio_core.handlers import forward

from .async_server import AsyncServer
from .namespace_base import AsyncNamespaceBase


class AsyncNamespace(AsyncNamespaceBase):
    """Derive a class from this whose methods handle a namespace of an `AsyncServer`.

    An event `my_event` goes to the method `on_my_event`, which may be a
    coroutine; an event without a method is ignored. One object serves all
    clients. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    server: AsyncServer

    emit = forward(AsyncServer.emit)
    send = forward(AsyncServer.send)
    call = forward(AsyncServer.call)
    enter_room = forward(AsyncServer.enter_room)
    leave_room = forward(AsyncServer.leave_room)
    close_room = forward(AsyncServer.close_room)
    get_session = forward(AsyncServer.get_session)
    save_session = forward(AsyncServer.save_session)
    session = forward(AsyncServer.session)
    disconnect = forward(AsyncServer.disconnect)
