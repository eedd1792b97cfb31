"""Every public name: where it lives, and which distribution brings it.

`PUBLIC` are the names of `engineio` itself, `INNER` those that only its modules have, `MODULES`
says which module has which.
"""

from __future__ import annotations

from collections.abc import Mapping

from sio_compat.place import Place

PUBLIC: Mapping[str, Place] = {
    "Server": Place("sio_server.engineio", "Server", "sio-server"),
    "WSGIApp": Place("sio_wsgi.engineio", "WSGIApp", "sio-wsgi"),
    "Middleware": Place("sio_wsgi.engineio", "Middleware", "sio-wsgi"),
    "Client": Place("sio_client.engineio", "Client", "sio-client"),
    "AsyncServer": Place("sio_server.engineio", "AsyncServer", "sio-server"),
    "ASGIApp": Place("sio_asgi.engineio", "ASGIApp", "sio-asgi"),
    "get_tornado_handler": Place("sio_tornado.engineio", "get_tornado_handler", "sio-tornado"),
    "AsyncClient": Place("sio_client.engineio", "AsyncClient", "sio-client"),
}

INNER: Mapping[str, Place] = {
    "AsyncSocket": Place("sio_server.engine_api", "EngineSocket", "sio-server"),
    "BaseClient": Place("sio_client.engineio.engine_client", "EngineClient", "sio-client"),
    "BaseServer": Place("sio_server.engine_api", "EngineApi", "sio-server"),
    "BaseSocket": Place("sio_server.engine_api", "EngineSocket", "sio-server"),
    "Socket": Place("sio_server.engine_api", "EngineSocket", "sio-server"),
    "content_types": Place("sio_server.engineio.static_file", "content_types", "sio-server"),
    "get_static_file": Place("sio_server.engineio.static_file", "get_static_file", "sio-server"),
}

MODULES: Mapping[str, tuple[str, ...]] = {
    "async_client": ("AsyncClient",),
    "async_drivers": (),
    "async_server": ("AsyncServer",),
    "async_socket": ("AsyncSocket",),
    "base_client": ("BaseClient",),
    "base_server": ("BaseServer",),
    "base_socket": ("BaseSocket",),
    "client": ("Client",),
    "exceptions": (),
    "json": (),
    "middleware": ("WSGIApp", "Middleware"),
    "packet": (),
    "payload": (),
    "server": ("Server",),
    "socket": ("Socket",),
    "static_files": ("content_types", "get_static_file"),
}
"""The modules of `engineio`; those without names here hold what they have themselves."""
