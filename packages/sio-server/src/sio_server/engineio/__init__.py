"""Servers of applications that speak Engine.IO alone: messages, and no events of Socket.IO.

`AsyncServer` runs on asyncio, `Server` on threads, gevent or eventlet. They have the interface of
python-engineio. What they share is in `application.py` and in `..engine_api`.
"""

from sio_core.reasons import reason

from .async_server import AsyncServer
from .options import EngineOptions
from .server import Server

__all__ = ["AsyncServer", "EngineOptions", "Server", "reason"]
