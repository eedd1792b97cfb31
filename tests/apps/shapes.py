"""One server in every shape that an ASGI application takes; the header `x-shape` names one.

The whole scope goes to the shape as the web server made it, so each is served just as if it
were alone in the process.
"""

from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from sio_asgi import ASGIApp
from tests.apps.echo import add_handlers, make_server
from tests.apps.journal import Journal

journal = Journal()
sio = make_server()
add_handlers(sio, journal)


def page(request: Any) -> PlainTextResponse:
    """A page of the application around."""
    return PlainTextResponse("other page")


def starlette(path: str, app: ASGIApp) -> Starlette:
    """An application of Starlette with a page, and `app` mounted at `path`."""
    return Starlette(routes=[Route("/page", page), Mount(path, app=app)])


def fastapi(path: str, app: ASGIApp) -> FastAPI:
    """An application of FastAPI with a page, and `app` mounted at `path`."""
    api = FastAPI()
    api.add_route("/page", page)
    api.mount(path, app)
    return api


around = Starlette(routes=[Route("/page", page)])
SHAPES: dict[str, Any] = {
    "alone": ASGIApp(sio),
    "in front": ASGIApp(sio, around),
    "own path": ASGIApp(sio, around, socketio_path="/my/own/"),
    "everything": ASGIApp(sio, socketio_path=None),
    "starlette": starlette("/ws", ASGIApp(sio)),
    "starlette, whole path": starlette("/ws", ASGIApp(sio, socketio_path="ws/socket.io")),
    "starlette, no path": starlette("/ws/socket.io", ASGIApp(sio, socketio_path="")),
    "fastapi": fastapi("/ws", ASGIApp(sio)),
    "fastapi, whole path": fastapi("/ws", ASGIApp(sio, socketio_path="/ws/socket.io")),
    "fastapi, no path": fastapi("/ws/socket.io", ASGIApp(sio, socketio_path="")),
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Hand a scope to the shape that its header names."""
    shape = ""
    if scope["type"] != "lifespan":
        shape = dict(scope["headers"]).get(b"x-shape", b"").decode()
    await SHAPES.get(shape, journal)(scope, receive, send)
