"""`Client` where the network misbehaves: it ends in two seconds, and leaves nothing behind."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sio_client import Client
from sio_core.exceptions import ConnectionError
from sio_core.websocket import Close

from ...blocking_support import HANG, HangingPolls, Peer, accept_websocket, until

BOUND = 4.0
"""Seconds for `disconnect`, which is documented to take two at most, on a busy machine."""


def threads() -> int:
    return sum(thread.name.startswith("sio-client") for thread in threading.enumerate())


def sockets() -> int:
    """How many descriptors of this process are open."""
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture
def leave() -> Iterator[Callable[[Client], None]]:
    """Return a function that disconnects, in time; in the end there is nothing left."""

    def disconnect(client: Client) -> None:
        begun = time.monotonic()
        client.disconnect()
        assert time.monotonic() - begun < BOUND
        client.wait()

    yield disconnect
    until(lambda: threads() == 0)


@pytest.fixture
def play() -> Iterator[Callable[[Callable[[socket.socket], None]], Peer]]:
    peers: list[Peer] = []

    def start(script: Callable[[socket.socket], None]) -> Peer:
        peers.append(Peer(script))
        return peers[-1]

    yield start
    for peer in peers:
        peer.stop()


Leave = Callable[[Client], None]
Play = Callable[[Callable[[socket.socket], None]], Peer]


def connecting(client: Client, url: str, **kwargs: Any) -> list[BaseException]:
    """Have another thread connect. Returns where its exception will be."""
    raised: list[BaseException] = []

    def connect() -> None:
        try:
            client.connect(url, **kwargs)
        except ConnectionError as error:
            raised.append(error)

    threading.Thread(target=connect).start()
    return raised


def test_a_poll_hangs(leave: Leave, play: Play) -> None:
    polls = HangingPolls()
    client = Client()
    client.connect(play(polls).url, transports=["polling"])
    assert polls.hanging.wait(HANG)
    client.emit("event", 1)
    leave(client)
    assert '42["event",1]' in "\x1e".join(polls.posts)


def test_the_peer_reads_nothing(leave: Leave, play: Play) -> None:
    stop = threading.Event()

    def script(sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        accept_websocket(sock)
        stop.wait(HANG)

    client = Client()
    client.connect(play(script).url, transports=["websocket"])
    written = 0

    def write() -> None:
        nonlocal written
        try:
            while True:
                client.emit("event", b"x" * 500_000)
                written += 1
        except Exception:
            return

    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: client._driver._waiting)
    leave(client)
    writer.join(HANG)
    assert 2 <= written < 100
    assert not writer.is_alive()
    stop.set()


def test_the_peer_reads_again(play: Play, leave: Leave) -> None:
    go_on = threading.Event()
    read = 0

    def script(sock: socket.socket) -> None:
        nonlocal read
        accept_websocket(sock)
        go_on.wait(HANG)
        while data := sock.recv(1 << 20):
            read += len(data)

    client = Client()
    client.connect(play(script).url, transports=["websocket"])

    def write() -> None:
        for _ in range(40):
            client.emit("event", b"x" * 500_000)

    writer = threading.Thread(target=write)
    writer.start()
    until(lambda: client._driver._waiting)
    go_on.set()
    writer.join(HANG)
    assert not writer.is_alive()
    until(lambda: read > 40 * 500_000)
    leave(client)


def test_an_address_that_does_not_answer(leave: Leave) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # Whoever comes after these is not answered: the queue is full.
        queue = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(address)
            queue.append(waiting)
        client = Client()
        raised = connecting(client, f"http://127.0.0.1:{address[1]}")
        until(lambda: client._driver.lines)
        leave(client)
        until(lambda: raised)
        for waiting in queue:
            waiting.close()


def test_a_name_that_is_looked_up_for_ever(leave: Leave, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hang(*args: Any, **kwargs: Any) -> Any:
        asked.set()
        go_on.wait(HANG)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = Client()
    raised = connecting(client, "http://slow.example")
    assert asked.wait(HANG)
    leave(client)
    until(lambda: raised)
    go_on.set()


def test_a_name_that_is_not_there(leave: Leave, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(ConnectionError, match="no such name"):
        Client().connect("http://nowhere.example")


def test_the_second_address_answers(
    leave: Leave, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls = HangingPolls()
    peer = play(polls)
    found = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port)) for port in (1, peer.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    client = Client()
    client.connect("http://several.example", transports=["polling"])
    leave(client)


def test_while_it_waits_to_connect_again(leave: Leave, play: Play) -> None:
    peer = play(lambda sock: (accept_websocket(sock), sock.recv(1))[0] and None)
    client = Client(reconnection_delay=60, reconnection_delay_max=60)
    client.connect(peer.url, transports=["websocket"])
    peer.cut()
    until(lambda: not client.connected)
    leave(client)


def test_while_a_function_works_out_the_url(leave: Leave) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def url() -> str:
        asked.set()
        go_on.wait(HANG)
        return "http://127.0.0.1:1"

    client = Client()
    raised = connecting(client, url)  # type: ignore[arg-type]
    assert asked.wait(HANG)
    leave(client)
    go_on.set()
    until(lambda: raised)


def test_the_server_answers_nothing(leave: Leave, play: Play) -> None:
    peer = play(lambda sock: threading.Event().wait(HANG) and None)
    client = Client()
    raised = connecting(client, peer.url)
    until(lambda: peer.accepted)
    leave(client)
    until(lambda: raised)


def test_no_handshake_in_time(leave: Leave, play: Play) -> None:
    peer = play(lambda sock: threading.Event().wait(HANG) and None)
    client = Client(request_timeout=0.05)
    with pytest.raises(ConnectionError, match="no open packet in time"):
        client.connect(peer.url)
    leave(client)


def test_the_disconnect_handler_hangs(leave: Leave, play: Play) -> None:
    go_on = threading.Event()
    client = Client()
    client.on("disconnect", lambda reason: go_on.wait(HANG))
    client.connect(play(HangingPolls()).url, transports=["polling"])
    begun = time.monotonic()
    client.disconnect()
    assert time.monotonic() - begun < BOUND
    go_on.set()
    client.wait()


def test_nothing_is_left(play: Play, leave: Leave) -> None:
    def script(sock: socket.socket) -> None:
        reader = accept_websocket(sock)
        while not any(isinstance(came, Close) for came in reader.feed(sock.recv(65536))):
            pass
        sock.close()

    peer = play(script)
    client = Client(reconnection_delay=0.01)
    client.connect(peer.url, transports=["websocket"])
    leave(client)
    until(lambda: threads() == 0)
    before = sockets()
    for _ in range(10):
        client.connect(peer.url, transports=["websocket"])
        leave(client)
        with pytest.raises(ConnectionError):
            Client().connect("http://127.0.0.1:1")
    until(lambda: threads() == 0 and sockets() <= before)


def test_frames_of_threads_are_whole(play: Play, leave: Leave) -> None:
    got: list[Any] = []

    def script(sock: socket.socket) -> None:
        reader = accept_websocket(sock)
        while data := sock.recv(65536):
            got.extend(reader.feed(data))

    client = Client()
    client.connect(play(script).url, transports=["websocket"])

    def work(number: int) -> None:
        for _ in range(20):
            client.emit("event", (number, bytes([number]) * 30_000, bytes([number]) * 7))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(HANG)
    until(lambda: len(got) == 8 * 20 * 3)
    for head, first, second in zip(*[iter(got)] * 3, strict=True):
        number = first[0]
        assert head.startswith(f'452-["event",{number},')
        assert (first, second) == (bytes([number]) * 30_000, bytes([number]) * 7)
    leave(client)
