"""Connections that are used again, and what is done only once for one attempt: both clients."""

import gzip
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from sio_client.user_agent.channels import channel_pool
from sio_core.exceptions import ConnectionError
from tests.support.driven import KINDS, Drive, Driven, driving, in_thread

from ..blocking_support import OPEN, HangingPolls, OurServer, Peer, answer, read_head, until

POLLING = ["polling"]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
async def drive(request: pytest.FixtureRequest) -> AsyncIterator[Drive]:
    async with driving(request.param) as made:
        yield made


@pytest.fixture
def play() -> Iterator[Callable[[Callable[[socket.socket], None]], Peer]]:
    peers: list[Peer] = []

    def start(script: Callable[[socket.socket], None]) -> Peer:
        peers.append(Peer(script))
        return peers[-1]

    yield start
    for peer in peers:
        peer.stop()


Play = Callable[[Callable[[socket.socket], None]], Peer]


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


def pipes(driven: Driven) -> int:
    """How many pipes the connection has."""
    return len(driven.sio._driver.line.pipes)


class LeavingPolls(HangingPolls):
    """A server that closes the connection of each poll behind the answer, without a word of it."""

    COUNT = 40

    def __call__(self, sock: socket.socket) -> None:
        while True:
            head = read_head(sock)
            if head[""].startswith("POST"):
                size = int(head["content-length"])
                while size:
                    size -= len(sock.recv(size))
                answer(sock, "ok")
                continue
            self.polls += 1
            if self.polls == 1:
                answer(sock, "0" + json.dumps(OPEN))
            elif self.polls == 2:
                answer(sock, '40{"sid":"public"}')
            elif self.polls <= 2 + self.COUNT:
                answer(sock, f'42["number",{self.polls - 2}]')
                sock.shutdown(socket.SHUT_RDWR)
                return
            else:
                self.hanging.set()


async def test_polls_go_on_when_the_server_closes_idle_connections(
    drive: Drive, play: Play
) -> None:
    # Its clients see the end sometimes before the next poll, sometimes behind it.
    client = drive()
    client.watch()
    await client.connect(play(LeavingPolls()).url, transports=POLLING)
    numbers = [(number,) for number in range(1, LeavingPolls.COUNT + 1)]
    assert await client.received("number", LeavingPolls.COUNT) == numbers
    assert client.got("disconnect") == []


async def test_nothing_is_sent_on_a_connection_that_the_server_has_closed(
    drive: Drive, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_pool, "IDLE_SECONDS", 1000.0)
    answered: list[socket.socket] = []

    class Posts(HangingPolls):
        def answered(self, sock: socket.socket) -> None:
            answered.append(sock)

    polls = Posts()
    peer = play(polls)
    client = drive()
    client.watch()
    await client.connect(peer.url, transports=POLLING)
    await client.emit("first")
    line = client.sio._driver.line
    idle = line.attempt._agent._channels.idle
    await in_thread(lambda: until(lambda: "first" in "".join(polls.posts) and idle))
    # In the moment of the next request the end is there, but the driver has not seen it.
    if client.blocking:
        with client.sio._driver.lock:
            answered[-1].shutdown(socket.SHUT_RDWR)
            until(line._by_number[idle[-1].id]._has_news)
            client.sio.emit("second")
    else:
        pipe = line._by_number[idle[-1].id]
        assert not pipe._has_news(pipe._transport)
        answered[-1].shutdown(socket.SHUT_RDWR)
        until(lambda: pipe._has_news(pipe._transport))
        await client.sio.emit("second")
    await in_thread(lambda: until(lambda: "second" in "".join(polls.posts)))
    assert client.got("disconnect") == []


async def test_idle_connections_are_closed_after_the_upgrade(
    drive: Drive, server: OurServer
) -> None:
    client = drive()
    await client.connect(server.url)
    await client.emit("keep", 1)
    await in_thread(lambda: until(lambda: client.sio.transport() == "websocket"))
    assert client.sio._driver.line.attempt._agent._channels.idle == []
    assert await client.call("echo", 1) == 1
    await in_thread(lambda: until(lambda: pipes(client) == 1))


async def test_a_name_is_looked_up_once_for_a_connection(
    drive: Drive, server: OurServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def noted(host: str, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    client = drive()
    await client.connect(server.url.replace("127.0.0.1", "localhost"))
    await in_thread(lambda: until(lambda: client.sio.transport() == "websocket"))
    assert await client.call("echo", 1) == 1
    assert asked == ["localhost"]


async def test_a_flood_of_pings_is_answered_once(drive: Drive, play: Play) -> None:
    class Pings(HangingPolls):
        def __call__(self, sock: socket.socket) -> None:
            while True:
                head = read_head(sock)
                if head[""].startswith("POST"):
                    body = b""
                    while len(body) < int(head["content-length"]):
                        body += sock.recv(65536)
                    self.posts += body.decode().split("\x1e")
                    answer(sock, "ok")
                    continue
                self.polls += 1
                answers = {1: "0" + json.dumps(OPEN), 2: '40{"sid":"public"}'}
                answers[3] = "\x1e".join(["2"] * 200_000)
                if self.polls in answers:
                    answer(sock, answers[self.polls])
                else:
                    self.hanging.set()

    pings = Pings()
    client = drive()
    await client.connect(play(pings).url, transports=POLLING)
    await in_thread(lambda: until(pings.hanging.is_set))
    await client.emit("last")
    await in_thread(lambda: until(lambda: '42["last"]' in pings.posts))
    assert pings.posts == ["40", "3", '42["last"]']


async def test_a_handshake_that_decodes_to_much(drive: Drive, play: Play) -> None:
    bomb = gzip.compress(bytes(1_000_000))

    def script(sock: socket.socket) -> None:
        read_head(sock)
        head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: "
        sock.sendall(f"{head}{len(bomb)}\r\n\r\n".encode() + bomb)
        sock.recv(1)

    with pytest.raises(ConnectionError, match="more than 65536 bytes"):
        await drive().connect(play(script).url, transports=POLLING)
