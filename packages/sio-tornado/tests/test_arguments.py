"""What `get_tornado_handler` takes, and what it says of anything else."""

import pytest

from sio_server import AsyncServer, Server
from sio_tornado import SocketIOHandler, get_tornado_handler


def test_a_class_is_returned_that_may_be_subclassed():
    handler = get_tornado_handler(AsyncServer())

    class Mine(handler):  # type: ignore[misc, valid-type]
        pass

    assert issubclass(Mine, SocketIOHandler)


def test_the_server_is_bound_to_tornado_from_then_on():
    sio = AsyncServer()
    get_tornado_handler(sio)
    assert sio.async_mode == "tornado"


@pytest.mark.parametrize(
    ("server", "says"),
    [
        (Server(async_mode="threading"), "Server is served by sio_wsgi.WSGIApp"),
        (42, "of the class AsyncServer, not int"),
    ],
)
def test_anything_else_is_no_server(server, says):
    with pytest.raises(TypeError, match=says):
        get_tornado_handler(server)


def test_attach_says_what_to_do_instead():
    import tornado.web

    with pytest.raises(ValueError, match=r"sio_tornado\.get_tornado_handler\(sio\)"):
        AsyncServer().attach(tornado.web.Application())
