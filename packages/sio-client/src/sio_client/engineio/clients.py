"""`AsyncClient` and `Client`: clients of Engine.IO alone, without events of Socket.IO."""

from __future__ import annotations

from sio_core.handlers.both_colours import blocking

from .connections import AsyncConnection, Connection
from .engine_client import EngineClient, EngineClientMethods


class AsyncClient(EngineClientMethods):
    """An `AsyncClient` connects a program of asyncio to a server of Engine.IO.

    For example::

        eio = AsyncClient()

        @eio.on("message")
        async def message(data): ...

        await eio.connect("http://localhost:5000")
        await eio.send({"a": 1})
        await eio.wait()

    * `logger`: False (default) for errors only, True for information too, or a logger.
    * `json`: an object with `dumps` and `loads`; None (default): msgspec where it is installed,
      else the standard library.
    * `request_timeout`: seconds in which the server has to answer the handshake, 5 by default.
    * `http_session`, `ssl_verify`, `handle_sigint`, `websocket_extra_options`,
      `timestamp_requests`: as for a client of Socket.IO.
    * `kwargs`: the options of `EngineClientOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

    _connection_class = AsyncConnection


class Client(EngineClient):
    """A `Client` connects a program of threads to a server of Engine.IO.

    For example::

        eio = Client()

        @eio.on("message")
        def message(data): ...

        eio.connect("http://localhost:5000")
        eio.send({"a": 1})
        eio.wait()

    * `logger`: False (default) for errors only, True for information too, or a logger.
    * `json`: an object with `dumps` and `loads`; None (default): msgspec where it is installed,
      else the standard library.
    * `request_timeout`: seconds in which the server has to answer the handshake, 5 by default.
    * `http_session`, `ssl_verify`, `handle_sigint`, `websocket_extra_options`,
      `timestamp_requests`: as for a client of Socket.IO.
    * `kwargs`: the options of `EngineClientOptions`.

    Raises `ValueError` or `TypeError` for a value that cannot be; warns of a name that is no
    option.
    """

    _connection_class = Connection

    connect = blocking(EngineClientMethods.connect)
    send = blocking(EngineClientMethods.send)
    disconnect = blocking(EngineClientMethods.disconnect)
    wait = blocking(EngineClientMethods.wait)
    sleep = blocking(EngineClientMethods.sleep)
