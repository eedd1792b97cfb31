"""The import name `engineio` over the sio packages.

Nothing is imported before one of its names is used. A name whose adapter is not installed raises
ImportError and says which distribution brings it. Where python-engineio is installed, too, a
warning says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sio_compat import beside

from ._lazy import for_names
from ._names import MODULES, PUBLIC

if TYPE_CHECKING:
    from sio_asgi.engineio import ASGIApp as ASGIApp
    from sio_client.engineio import AsyncClient as AsyncClient
    from sio_client.engineio import Client as Client
    from sio_server.engineio import AsyncServer as AsyncServer
    from sio_server.engineio import Server as Server
    from sio_tornado.engineio import get_tornado_handler as get_tornado_handler
    from sio_wsgi.engineio import Middleware as Middleware
    from sio_wsgi.engineio import WSGIApp as WSGIApp

    from . import async_client as async_client
    from . import async_drivers as async_drivers
    from . import async_server as async_server
    from . import async_socket as async_socket
    from . import base_client as base_client
    from . import base_server as base_server
    from . import base_socket as base_socket
    from . import client as client
    from . import exceptions as exceptions
    from . import json as json
    from . import middleware as middleware
    from . import packet as packet
    from . import payload as payload
    from . import server as server
    from . import socket as socket
    from . import static_files as static_files

beside.warn("engineio")

if not TYPE_CHECKING:  # type checkers see exactly what there is now
    __getattr__, __dir__ = for_names(__name__, PUBLIC, MODULES)
