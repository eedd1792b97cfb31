"""`send` is `emit` of the event `message`, whatever a subclass makes of `emit`."""

import inspect

import pytest

from sio_server import AsyncServer, Server
from sio_server.as_message import as_message

GIVEN = {
    "to": "a",
    "room": "b",
    "skip_sid": "c",
    "namespace": "/d",
    "callback": print,
    "ignore_queue": True,
}


class Awaiting(AsyncServer):
    """Keeps what it is told to emit."""

    async def emit(self, event, data=None, **kwargs):
        return event, data, kwargs


class Blocking(Server):
    """The same, without coroutines."""

    def emit(self, event, data=None, **kwargs):
        return event, data, kwargs


async def send(server, *args, **kwargs):
    sent = server.send(*args, **kwargs)
    return await sent if inspect.isawaitable(sent) else sent


@pytest.mark.parametrize("kind", [Awaiting, Blocking])
async def test_a_subclass_gets_all_by_keyword(kind):
    server = kind()
    assert await send(server, "x") == ("message", "x", {})
    assert await send(server, data="x", to="a") == ("message", "x", {"to": "a"})
    assert await send(server, "x", *GIVEN.values()) == ("message", "x", GIVEN)
    assert await send(server, "x", "a", room="b") == ("message", "x", {"to": "a", "room": "b"})


@pytest.mark.parametrize("kind", [Awaiting, Blocking])
@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), (("x", "a"), {"to": "a"}), (("x", *GIVEN.values(), 7), {})]
)
async def test_wrong_arguments(kind, args, kwargs):
    with pytest.raises(TypeError, match=r"send\(\)|data"):
        await send(kind(), *args, **kwargs)


def test_it_looks_like_a_method_of_its_own():
    for kind in (AsyncServer, Server):
        parameters = inspect.signature(kind.send).parameters
        assert list(parameters) == ["self", "data", *GIVEN]
        assert parameters["data"].default is inspect.Parameter.empty
        assert kind.send.__qualname__ == kind.emit.__qualname__.replace("emit", "send")
    assert inspect.iscoroutinefunction(AsyncServer.send)
    assert "await sio.send(" in AsyncServer.send.__doc__
    assert not inspect.iscoroutinefunction(Server.send)
    assert "await" not in Server.send.__doc__


def test_a_name_of_emit_is_no_name_of_send():
    assert "event" not in inspect.signature(as_message(Server.emit)).parameters
