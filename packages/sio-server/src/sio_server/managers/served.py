"""What a manager may ask of its server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # each colour does without the other's modules
    from ..concurrency.primitives import Concurrency
    from ..dispatch.local_asyncio import AsyncLocalClients
    from ..dispatch.local_clients import LocalClients
    from ..dispatch.local_threads import BlockingLocalClients


class Served(Protocol):
    """A server of either colour."""

    logger: logging.Logger

    @property
    def local(self) -> LocalClients[Any, Any]: ...


class AsyncServed(Served, Protocol):
    """An `AsyncServer`."""

    @property
    def local(self) -> AsyncLocalClients: ...


class BlockingServed(Served, Protocol):
    """A `Server`."""

    concurrency: Concurrency

    @property
    def local(self) -> BlockingLocalClients: ...
