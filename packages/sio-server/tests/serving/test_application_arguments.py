"""`serving/application_arguments.py`: what `ASGIApp` and `WSGIApp` refuse to serve."""

from types import SimpleNamespace
from typing import Any

import pytest

from sio_asgi import ASGIApp
from sio_server import AsyncServer, Server
from sio_wsgi import WSGIApp


def other(*_args: Any) -> None:
    """Stand for an application of a framework."""


@pytest.mark.parametrize(("app", "server"), [(ASGIApp, AsyncServer), (WSGIApp, Server)])
def test_swapped_arguments_are_told(app, server):
    with pytest.raises(TypeError, match=r"takes the server first.*not function first; .* swapped"):
        app(other, server())
    with pytest.raises(TypeError, match=r"not str first$"):
        app("server:app")
    with pytest.raises(TypeError, match=r"not NoneType first$"):
        app(None, other)


@pytest.mark.parametrize(
    ("app", "server", "home"),
    [(ASGIApp, Server, "sio_wsgi.WSGIApp"), (WSGIApp, AsyncServer, "sio_asgi.ASGIApp")],
)
def test_a_server_of_the_other_colour_is_sent_home(app, server, home):
    with pytest.raises(TypeError, match=rf"{server.__name__} is served by {home}$"):
        app(server())


@pytest.mark.parametrize("app", [ASGIApp, WSGIApp])
def test_anything_that_handles_requests_is_served(app):
    app(SimpleNamespace(handle_request=other, driver=None))
