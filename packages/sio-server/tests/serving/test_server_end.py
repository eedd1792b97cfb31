"""`serving/server_end.py`: sockets that the driver owns end with the server, answered or not."""

import asyncio

import pytest

from sio_server import AsyncServer
from sio_server.serving import server_end
from sio_server.serving.server_end import AsyncServerEnd

HANG = 20.0


class Socket:
    """A socket, gone once it is told to or its client answers."""

    def __init__(self, sio):
        self.shut_down = False
        self._own_sockets = sio.driver.own_sockets
        self._own_sockets.add(self)

    def answered(self):
        self._own_sockets.discard(self)

    def shutdown(self):
        self.shut_down = True
        self.answered()


@pytest.fixture
def sio():
    return AsyncServer()


async def test_a_client_gets_to_answer(sio):
    socket = Socket(sio)
    ending = asyncio.create_task(AsyncServerEnd(sio, 1.0).end())
    while sio.driver.engine.accepting:
        await asyncio.sleep(0)
    socket.answered()
    async with asyncio.timeout(HANG):
        await ending
    assert not socket.shut_down


async def test_a_client_that_does_not_is_cut_off(sio, monkeypatch):
    monkeypatch.setattr(server_end, "CLOSING_SECONDS", 0.05)
    sockets = [Socket(sio) for _ in range(3)]
    async with asyncio.timeout(HANG):
        await AsyncServerEnd(sio, 1.0).end()
    assert all(socket.shut_down for socket in sockets)
