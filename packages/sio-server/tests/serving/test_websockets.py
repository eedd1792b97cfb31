"""`serving/websockets.py`: the opening of a WebSocket on a framework's transport."""

import asyncio

import pytest

from sio_core import Request, Response
from sio_server import AsyncServer
from sio_server.serving.websockets import open_websocket, opening

HEADERS = (
    ("host", "localhost"),
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
)
QUERY = "EIO=4&transport=websocket"


def asking(query=QUERY, headers=HEADERS):
    return Request("GET", query, headers, host="localhost", websocket=True)


@pytest.mark.parametrize(
    ("request_", "version", "status"),
    [
        (asking(), "1.0", 400),
        (asking(headers=HEADERS[:-1]), "1.1", 400),
        (asking(query="EIO=4&transport=nonsense"), "1.1", 400),
        (asking(query=f"{QUERY}&sid=forged"), "1.1", 400),
    ],
)
async def test_the_opening_and_the_driver_may_refuse(fake_http, request_, version, status):
    sio = AsyncServer()
    answer = await open_websocket(sio.driver, request_, fake_http({}), version)
    assert isinstance(answer, Response)
    assert answer.status == status
    assert answer.body
    assert not sio.driver.engine.sessions


class Opened:
    """A connection that counts how often it was given up."""

    lost_times = 0

    def lost(self):
        self.lost_times += 1


@pytest.mark.parametrize(
    ("error", "raised", "lost_times"),
    [
        (RuntimeError, [RuntimeError], 1),
        # A client that has gone is no failure of the application.
        (ConnectionError, [], 1),
        (asyncio.CancelledError, [asyncio.CancelledError], 1),
        (None, [], 0),
    ],
)
def test_an_opening_that_fails_gives_its_connection_up(error, raised, lost_times):
    connection = Opened()
    caught = []
    try:
        with opening(connection):
            if error is not None:
                raise error("broken")
    except BaseException as found:
        caught.append(type(found))
    assert (caught, connection.lost_times) == (raised, lost_times)
