"""What programs look at in `client.eio`, and what a client of Engine.IO alone has, too.

It has the interface of a client of python-engineio, but for what waits there.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from sio_core import Reason, engineio
from sio_core.codecs.choose_json import default_json
from sio_core.engineio.packet_object import encode_data
from sio_core.exceptions import DisconnectedError
from sio_core.reasons import TRANSPORT_ERROR, reason

EVENT_NAMES = ("connect", "disconnect", "message")


class EngineState:
    """An `EngineState` tells the state of the connection of a client."""

    reason = reason
    event_names: ClassVar[list[str]] = list(EVENT_NAMES)

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def _engine(self) -> engineio.Client | None:
        engine: engineio.Client | None = self._client._core.engine
        return engine

    @property
    def state(self) -> str:
        """`"connected"` or `"disconnected"`."""
        return "disconnected" if self._engine is None else "connected"

    @property
    def sid(self) -> str | None:
        """The session id of the transport: a secret between client and server."""
        engine = self._engine
        return None if engine is None else engine.sid

    @property
    def current_transport(self) -> str | None:
        """The transport in use, or None when there is no connection."""
        engine = self._engine
        return None if engine is None else engine.transport

    @property
    def ping_interval(self) -> float | None:
        """The seconds between pings of the server, or None when it has not said."""
        announced = self._announced
        return None if announced is None else announced.ping_interval

    @property
    def ping_timeout(self) -> float | None:
        """The seconds that the server waits for an answer to a ping, or None, likewise."""
        announced = self._announced
        return None if announced is None else announced.ping_timeout

    @property
    def upgrades(self) -> list[str] | None:
        """The transports that the server offers to change to, or None, likewise."""
        announced = self._announced
        return None if announced is None else list(announced.upgrades)

    @property
    def _announced(self) -> engineio.Handshake | None:
        engine = self._engine
        return None if engine is None else engine.handshake

    def is_asyncio_based(self) -> bool:
        """Return whether the methods are coroutines."""
        answer: bool = self._client.is_asyncio_based()
        return answer

    def create_queue(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new queue of the colour of the client, made with `args` and `kwargs`."""
        kind: Any = asyncio.Queue if self.is_asyncio_based() else queue.Queue
        return kind(*args, **kwargs)

    def create_event(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new event object of the colour of the client, made with `args` and `kwargs`."""
        kind: Any = asyncio.Event if self.is_asyncio_based() else threading.Event
        return kind(*args, **kwargs)

    def get_queue_empty_exception(self) -> type[Exception]:
        """Return what `get_nowait` of an empty queue raises."""
        return asyncio.QueueEmpty if self.is_asyncio_based() else queue.Empty

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run `target` with `args` and `kwargs` beside the program. Returns a task or a thread."""
        return self._client.start_background_task(target, *args, **kwargs)


class EngineFace(EngineState):
    """An `EngineFace` is `eio` of a client of Socket.IO; its methods wait as the client's do."""

    def transport(self) -> str:
        """Return the transport in use. Raises `DisconnectedError` when there is no connection."""
        transport = self.current_transport
        if transport is None:
            raise DisconnectedError("the client is not connected")
        return transport

    def sleep(self, seconds: float = 0) -> Any:
        """Do what `sleep` of the client does."""
        return self._client.sleep(seconds)

    def wait(self) -> Any:
        """Do what `wait` of the client does."""
        return self._client.wait()

    def send(self, data: Any) -> Any:
        """Send a message of Engine.IO as it is, beside those of Socket.IO.

        `data` is text, bytes, or a list or dictionary, which is sent as JSON. Without a connection
        it is dropped.
        """
        engine = self._engine
        if engine is not None:
            frame = data if isinstance(data, bytes) else encode_data(data, default_json())
            self._client._driver.send(engine.send, engineio.message(frame))
        return self._client.sleep(0)

    def disconnect(self, abort: bool = False, reason: Any = None) -> Any:
        """Do what `disconnect` of the client does; `reason` is left out.

        With `abort` the connection is dropped without a goodbye, as if it had been lost: a client
        that reconnects does so then.
        """
        if not abort:
            return self._client.disconnect()
        engine, line = self._engine, self._client._driver.line
        if engine is not None and line is not None and line.engine is engine:
            lost = Reason(TRANSPORT_ERROR, "the program dropped the connection")
            self._client._enter_line(line, lambda now: engine.abort(lost))
        return self._client.sleep(0)
