"""One server in every shape that a WSGI application takes; the header `x-shape` names one."""

from collections.abc import Iterable
from typing import Any

from bottle import Bottle
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sio_wsgi import WSGIApp
from tests.apps.wsgi.echo import add_handlers, make_server
from tests.apps.wsgi.journal import Journal

sio = make_server()
journal = Journal(sio.concurrency)
add_handlers(sio, journal)


def flask() -> Flask:
    """An application of Flask with a page."""
    app = Flask(__name__)
    app.add_url_rule("/page", "page", lambda: "other page")
    return app


def flask_in_front() -> Flask:
    """An application of Flask that Socket.IO stands in front of, as its guide says."""
    app = flask()
    app.wsgi_app = WSGIApp(sio, app.wsgi_app)  # type: ignore[method-assign]
    return app


def bottle() -> Bottle:
    """An application of Bottle with a page."""
    app = Bottle()
    app.route("/page", callback=lambda: "other page")
    return app


def mounted(socketio_path: str) -> DispatcherMiddleware:
    """An application with a page, and Socket.IO mounted below `/ws`."""
    return DispatcherMiddleware(flask(), {"/ws": WSGIApp(sio, socketio_path=socketio_path)})


SHAPES: dict[str, Any] = {
    "alone": WSGIApp(sio),
    "in front": WSGIApp(sio, bottle()),
    "own path": WSGIApp(sio, bottle(), socketio_path="/my/own/"),
    "everything": WSGIApp(sio, socketio_path=None),
    "flask": flask_in_front(),
    "mounted": mounted("socket.io"),
}


def app(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Hand a request to the shape that its header names."""
    shape = SHAPES.get(environ.get("HTTP_X_SHAPE", ""), journal)
    answer: Iterable[bytes] = shape(environ, start_response)
    return answer
