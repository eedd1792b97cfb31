"""`namespace.py`: class-based namespaces have the methods of their servers."""

import inspect

import pytest

from sio_server import AsyncNamespace, AsyncServer, Namespace, Server

METHODS = (
    "emit",
    "send",
    "call",
    "rooms",
    "enter_room",
    "leave_room",
    "close_room",
    "get_session",
    "save_session",
    "session",
    "disconnect",
)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("own", "server"), [(AsyncNamespace, AsyncServer), (Namespace, Server)])
def test_methods_are_those_of_the_server(own, server, name):
    ours, theirs = getattr(own, name), getattr(server, name)
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(theirs)
    assert ours.__name__ == name
    assert ours.__doc__.startswith(
        f"`{name}` of the server or client, with this namespace as the default."
    )


@pytest.mark.parametrize(
    ("args", "kwargs", "namespace"),
    [
        (("e",), {}, "/own"),
        (("e",), {"namespace": None}, "/own"),
        (("e",), {"namespace": "/other"}, "/other"),
        (("e", 1, "to", "room", "skip", None), {}, "/own"),
        (("e", 1, "to", "room", "skip", "/other"), {}, "/other"),
    ],
)
def test_the_namespace_is_its_own_by_default(args, kwargs, namespace):
    class Told(Server):
        def emit(self, *args, **kwargs):
            bound = inspect.signature(Server.emit).bind(self, *args, **kwargs).arguments
            calls.append((bound["event"], bound["namespace"]))

    calls = []
    server = Told(async_mode="threading")
    handlers = Namespace("/own")
    server.register_namespace(handlers)
    handlers.emit(*args, **kwargs)
    assert calls == [("e", namespace)]


def test_what_a_server_does_not_take_is_refused():
    handlers = Namespace("/own")
    Server(async_mode="threading").register_namespace(handlers)
    with pytest.raises(TypeError, match=r"Server\.emit.*'colour'"):
        handlers.emit("e", colour="red")
