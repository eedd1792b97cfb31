"""`AsyncServer.attach`: an application's class decides, and the error says what to do instead."""

import types

import pytest

from sio_server import AsyncServer
from sio_server.serving import modes


def application(package, name="Application"):
    """An object whose class comes from `package`."""
    return type(name, (), {"__module__": f"{package}.inner"})()


@pytest.fixture
def installed(monkeypatch):
    """The adapters that are installed, by mode: a test puts modules there."""
    found = {}

    def entry_points(group, name=None):
        assert group == modes.GROUP
        names = found if name is None else [name] if name in found else []
        return [types.SimpleNamespace(name=name, load=lambda m=name: found[m]) for name in names]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    return found


class Attached:
    """An adapter that notes what it attaches."""

    def __init__(self):
        self.calls = []

    def serve(self):
        raise AssertionError("nobody asks")

    def attach(self, server, app, path):
        self.calls.append((server, app, path))


@pytest.mark.parametrize("package", ["aiohttp", "sanic"])
@pytest.mark.parametrize("asked", [False, True])
def test_the_class_of_the_application_decides(installed, package, asked):
    installed["aiohttp"], installed["sanic"] = Attached(), Attached()
    sio, app = AsyncServer(async_mode=package if asked else None), application(package)
    sio.attach(app)
    sio.attach(app, socketio_path="chat")
    assert installed[package].calls == [(sio, app, "socket.io"), (sio, app, "chat")]


def test_a_subclass_belongs_to_the_framework_of_its_base(installed):
    installed["aiohttp"] = Attached()
    base = type(application("aiohttp"))
    app = type("Mine", (base,), {"__module__": "program"})()
    AsyncServer().attach(app)
    assert len(installed["aiohttp"].calls) == 1


def test_a_strange_application_is_attached_in_the_mode_that_was_asked_for(installed):
    installed["aiohttp"] = Attached()
    AsyncServer(async_mode="aiohttp").attach(object())
    assert len(installed["aiohttp"].calls) == 1


@pytest.mark.parametrize(
    ("package", "asked", "message"),
    [
        ("aiohttp", None, "no adapter for 'aiohttp': .*sio-aiohttp"),
        ("sanic", None, "no adapter for 'sanic': .*sio-sanic"),
        ("tornado", None, r"takes sio_tornado.get_tornado_handler\(sio\) among its routes"),
        ("fastapi", None, r"serve an ASGI application by sio_asgi.ASGIApp\(sio, app\)"),
        ("starlette", "asgi", r"serve an ASGI application by sio_asgi.ASGIApp\(sio, app\)"),
        ("program", None, "takes an application of aiohttp or Sanic, not Application: serve an AS"),
        ("aiohttp", "asgi", "of aiohttp, Application, but the server has async_mode='asgi'"),
    ],
)
def test_who_cannot_attach_is_told_what_to_do(installed, package, asked, message):
    installed["asgi"] = types.SimpleNamespace(serve=None)
    with pytest.raises(ValueError, match=message):
        AsyncServer(async_mode=asked).attach(application(package))


def test_an_adapter_without_attach(installed):
    installed["sanic"] = types.SimpleNamespace(serve=None)
    with pytest.raises(ValueError, match="'sanic' has no attach"):
        AsyncServer(async_mode="sanic").attach(object())
