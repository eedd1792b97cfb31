"""What a driver's author writes to have the checks of `sio_core.testing.contract` run it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, TypeVar

from ..values import Frame, Request, Response
from .watched import WatchedServer

P = ParamSpec("P")
R = TypeVar("R")


class Rig(Protocol):
    """A `Rig` runs one driver without a network, on a clock that goes forward when it is told.

    What stands for a request or a WebSocket is the rig's own; the checks hand it back. Any
    method may let the driver go on for as long as it has something to do.
    """

    def start(self, server: WatchedServer) -> None:
        """Make a driver of `server`, by the clock `server.clock`; called once, first.

        Each event that the driver hands on goes to `server.dispatch`.
        """
        ...

    def request(self, request: Request, body: bytes | None = b"") -> Any:
        """Begin an HTTP request. With None its body does not come to an end."""
        ...

    def response(self, handle: Any) -> Response | None:
        """Return the response to a request, be it for a WebSocket, or None while there is none."""
        ...

    def is_over(self, handle: Any) -> bool:
        """Return whether the driver has let go of a request, with a response or without."""
        ...

    def open(self, request: Request) -> Any:
        """Begin a request for a WebSocket, which the web server accepts if the driver does."""
        ...

    def send(self, handle: Any, frame: Frame) -> None:
        """Let a WebSocket receive a message."""
        ...

    def frames(self, handle: Any) -> Sequence[Frame]:
        """Return all messages that the driver has written to a WebSocket up to now."""
        ...

    def close_code(self, handle: Any) -> int | None:
        """Return the code that the driver has closed a WebSocket with, or None while it has not."""
        ...

    def clog(self, handle: Any, clogged: bool) -> None:
        """Have the client of a WebSocket stop reading, so that writing waits; or read again."""
        ...

    def spoil(self, handle: Any) -> None:
        """Have the next write to a WebSocket raise what the web server raises."""
        ...

    def hang_up(self, handle: Any) -> None:
        """Have the client of a request or a WebSocket be gone."""
        ...

    def cancel(self, handle: Any) -> None:
        """Have the web server stop a request or a WebSocket in its midst, if it ever does that.

        Where it does not, this is `hang_up`.
        """
        ...

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of the core as the application does, by way of the driver."""
        ...

    def moved(self) -> None:
        """Let the driver find out, as it would by itself, that the clock was moved."""
        ...

    def until(self, condition: Callable[[], bool]) -> bool:
        """Let the driver go on until `condition` is true. Returns false if it never becomes so."""
        ...

    def shut_down(self, seconds: float) -> None:
        """Begin to end the driver, which is to take at most `seconds`."""
        ...

    def is_down(self) -> bool:
        """Return whether the driver has ended."""
        ...
