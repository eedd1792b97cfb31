"""What a server tells its observers: all that the core does, and how handlers are called."""

from __future__ import annotations

from typing import Any

from sio_core import socketio
from sio_core.socketio import Socket


class Observer(socketio.Observer):
    """An `Observer` is told what happens in a server: derive from it what is of interest.

    For example::

        class Leavers(Observer):
            def disconnected(self, socket, reason):
                print(socket.namespace, reason)

        sio.observe(Leavers())

    A method that a subclass does not override is never called, and costs nothing. They are called
    in the order in which things happen, those of `Server` with its lock held: they must not
    wait, nor call the server. What one raises is logged, and harms nobody. Methods whose names
    begin with `handler_` are called where the handler runs: in its task, thread or greenlet,
    without the lock.
    """

    def handler_begun(self, socket: Socket, name: Any) -> Any:
        """Hear that the handler of an event is about to be called; what is returned is kept.

        `name` is that of the event, `connect` and `disconnect` too. Variables of the context that
        are set here are seen by the handler; `handler_ended` is to set them back.
        """

    def handler_ended(
        self, socket: Socket, name: Any, begun: Any, error: BaseException | None
    ) -> None:
        """Hear that a handler is over: with `error` if it raised that, a cancellation too.

        `begun` is what `handler_begun` returned, None if that raised.
        """

    def handler_failed(self, socket: Socket, name: Any, error: Exception) -> None:
        """Hear that a handler raised, before the handler of errors or the log is told.

        That a connect handler refuses a client by an exception is no failure.
        """
