"""Class-based namespaces of a `Server`: one object handles all events of a namespace."""

from __future__ import annotations

from sio_core.handlers import forward

from .namespace_base import BaseNamespace, BlockingNamespaceBase
from .server import Server

__all__ = ["BaseNamespace", "Namespace"]


class Namespace(BlockingNamespaceBase):
    """Derive a class from this whose methods handle a namespace of a `Server`.

    An event `my_event` goes to the method `on_my_event`; an event without a
    method is ignored. One object serves all
    clients. With `"*"` as its name it serves every namespace that has no
    handlers, and methods get the namespace's name first.
    """

    server: Server

    emit = forward(Server.emit)
    send = forward(Server.send)
    call = forward(Server.call)
    enter_room = forward(Server.enter_room)
    leave_room = forward(Server.leave_room)
    close_room = forward(Server.close_room)
    get_session = forward(Server.get_session)
    save_session = forward(Server.save_session)
    session = forward(Server.session)
    disconnect = forward(Server.disconnect)
