"""What of the interface of an Engine.IO server has a colour: events, queues, and who waits."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from sio_core.handlers.both_colours import blocking

from .drivers.entrance import awaited, waited
from .engine_api import EngineApi, EngineMethods
from .serving.modes import ASYNC_MODES, BLOCKING_MODES

if TYPE_CHECKING:
    import asyncio


class AsyncEngineApi(EngineMethods):
    """The interface on asyncio."""

    _waits = staticmethod(awaited)

    def async_modes(self) -> list[str]:
        """Return the async modes that there are, in the order in which they are tried."""
        return list(ASYNC_MODES)

    def is_asyncio_based(self) -> bool:
        """Return true."""
        return True

    def create_event(self, *args: Any, **kwargs: Any) -> asyncio.Event:
        """Return a new event object of the async mode, made with `args` and `kwargs`."""
        import asyncio  # which the other colour does without

        return asyncio.Event(*args, **kwargs)

    def create_queue(self, *args: Any, **kwargs: Any) -> asyncio.Queue[Any]:
        """Return a new queue of the async mode, made with `args` and `kwargs`."""
        import asyncio

        return asyncio.Queue(*args, **kwargs)

    def get_queue_empty_exception(self) -> type[Exception]:
        """Return what `get_nowait` of an empty queue raises."""
        import asyncio

        return asyncio.QueueEmpty


class BlockingEngineApi(EngineApi):
    """The interface in threads or greenlets."""

    _waits = staticmethod(waited)

    concurrency: Any
    """The primitives of the async mode: a `Concurrency`, which those on asyncio do not import."""

    send = blocking(EngineMethods.send)
    send_packet = blocking(EngineMethods.send_packet)
    disconnect = blocking(EngineMethods.disconnect)
    get_session = blocking(EngineMethods.get_session)
    save_session = blocking(EngineMethods.save_session)

    def async_modes(self) -> list[str]:
        """Return the async modes that there are, in the order in which they are tried."""
        return list(BLOCKING_MODES)

    def is_asyncio_based(self) -> bool:
        """Return false."""
        return False

    def create_event(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new event object of the async mode; `args` and `kwargs` are left out."""
        return self.concurrency.event()

    def create_queue(self, *args: Any, **kwargs: Any) -> Any:
        """Return a new queue of the async mode, made with `args` and `kwargs`."""
        return self.concurrency.queue(*args, **kwargs)

    def get_queue_empty_exception(self) -> type[Exception]:
        """Return what `get_nowait` of an empty queue raises."""
        return queue.Empty
