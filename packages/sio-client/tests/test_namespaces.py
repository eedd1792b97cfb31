"""`namespaces.py`: the methods of class-based namespaces are those of their clients."""

import pytest

from sio_client import Client, ClientNamespace


@pytest.mark.parametrize(
    ("args", "kwargs", "namespace"),
    [
        ((1,), {}, "/own"),
        ((1, "room", "/other"), {}, "/other"),
        ((1,), {"namespace": "/other"}, "/other"),
    ],
)
def test_send_has_its_arguments_in_the_documented_places(args, kwargs, namespace):
    class Told(Client):
        def emit(self, *args, **kwargs):
            calls.append((args, kwargs))

    calls = []
    handlers = ClientNamespace("/own")
    Told().register_namespace(handlers)
    handlers.send(*args, callback=print, **kwargs)
    assert calls == [(("message",), {"data": 1, "namespace": namespace, "callback": print})]
