"""Clients that speak Engine.IO alone: messages, and no events of Socket.IO.

`AsyncClient` runs on asyncio, `Client` in threads. They have the interface of python-engineio, and
what they do is done by the clients of Socket.IO, with a core that knows messages only.
"""

from sio_core.reasons import reason

from .clients import AsyncClient, Client
from .engine_client import EngineClientOptions

__all__ = ["AsyncClient", "Client", "EngineClientOptions", "reason"]
