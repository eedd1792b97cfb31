"""A server that sends faster than the handlers of `Client` take it."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sio_client import Client
from sio_client.drivers import line
from sio_client.drivers.threads import driver
from sio_core.websocket import frame_text

from ...blocking_support import HANG, OPEN, HangingPolls, Peer, accept_websocket, answer, until

BOUND = 4.0
"""Seconds for a disconnect() that takes two at most, on a machine that is busy."""
FEW = 100
"""What may wait in these tests."""
MANY = 20_000
A_READ = 65536 // len(frame_text('42["number",0]')) + 1
"""How many events may come with one read."""


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


def flood(sock: socket.socket, numbers: range) -> None:
    for number in numbers:
        sock.sendall(frame_text(f'42["number",{number}]'))


def test_the_server_is_held_back(play: Play) -> None:
    sent = threading.Event()

    def script(sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        accept_websocket(sock)
        flood(sock, range(MANY))
        sent.set()
        sock.recv(1)

    go_on = threading.Event()
    seen: list[int] = []
    most = 0

    def number(value: int) -> None:
        nonlocal most
        assert go_on.wait(HANG)
        most = max(most, client._driver.dispatcher.count)
        seen.append(value)

    client = Client(max_waiting_events=FEW)
    client.on("number", number)
    client.connect(play(script).url, transports=["websocket"])
    until(lambda: client._driver.inbound.full)
    client.emit("event")  # whoever wants to send can
    go_on.set()
    until(lambda: len(seen) == MANY)
    assert seen == list(range(MANY))
    assert sent.is_set()
    assert most <= FEW + A_READ
    until(lambda: not client._driver.inbound.full)
    client.disconnect()


def test_a_handler_gets_the_answer_that_it_waits_for(play: Play) -> None:
    def script(sock: socket.socket) -> None:
        reader = accept_websocket(sock)
        flood(sock, range(1))
        asked: list[Any] = []
        while not asked:
            asked += reader.feed(sock.recv(65536))
        flood(sock, range(1, MANY))
        ack_id = asked[0].removeprefix("42").removesuffix('["question"]')
        sock.sendall(frame_text(f'43{ack_id}["answer"]'))
        sock.recv(1)

    answers: list[Any] = []
    seen: list[int] = []
    held = threading.Event()

    def number(value: int) -> None:
        seen.append(value)
        if value == 0:
            answers.append(client.call("question", timeout=HANG))
        elif value == 1:
            until(lambda: client._driver.inbound.full)
            held.set()

    client = Client(max_waiting_events=FEW)
    client.on("number", number)
    client.connect(play(script).url, transports=["websocket"])
    until(lambda: answers == ["answer"])
    assert held.is_set()
    until(lambda: len(seen) == MANY)
    assert seen == list(range(MANY))
    client.disconnect()


def test_emit_over_polling_waits_for_a_slow_server(play: Play, monkeypatch: Any) -> None:
    monkeypatch.setattr(line, "FULL_BYTES", 1000)
    monkeypatch.setattr(driver, "FULL_BYTES", 1000)
    go_on = threading.Event()
    posting = threading.Event()

    class SlowPosts(HangingPolls):
        def took(self, body: str) -> None:
            if body.startswith("42"):
                posting.set()
                go_on.wait(HANG)

    client = Client()
    client.connect(play(SlowPosts()).url, transports=["polling"])
    client.emit("first")
    until(posting.is_set)
    sent: list[int] = []

    def emit() -> None:
        for number in range(5):
            client.emit("more", "x" * 400)
            sent.append(number)

    thread = threading.Thread(target=emit)
    thread.start()
    until(lambda: client._driver._waiting)
    assert len(sent) < 5
    go_on.set()
    thread.join(HANG)
    assert sent == [0, 1, 2, 3, 4]
    client.disconnect()


def test_disconnect_while_the_server_is_held_back(play: Play) -> None:
    def script(sock: socket.socket) -> None:
        accept_websocket(sock)
        flood(sock, range(10 * MANY))

    go_on = threading.Event()
    client = Client(max_waiting_events=FEW)
    client.on("number", lambda value: go_on.wait(HANG))
    client.connect(play(script).url, transports=["websocket"])
    until(lambda: client._driver.inbound.full)
    begun = time.monotonic()
    client.disconnect()
    assert time.monotonic() - begun < BOUND
    go_on.set()
    client.wait()
    assert not client._driver.inbound.full


def test_a_new_connection_is_not_held_back(play: Play) -> None:
    again = HangingPolls()

    def script(sock: socket.socket) -> None:
        accept_websocket(sock)
        flood(sock, range(MANY))

    go_on = threading.Event()
    client = Client(reconnection=False, max_waiting_events=FEW)
    client.on("number", lambda value: go_on.wait(HANG))
    client.connect(play(script).url, transports=["websocket"])
    until(lambda: client._driver.inbound.full)
    client.disconnect()
    target = {"transports": ["polling"]}
    connecting = threading.Thread(target=client.connect, args=(play(again).url,), kwargs=target)
    connecting.start()
    until(lambda: client.connected)
    assert client._driver.dispatcher.waiting
    go_on.set()
    connecting.join(HANG)
    assert not connecting.is_alive()
    client.disconnect()


class Beating:
    """A server with a heartbeat that sends `events` before each ping, as long as it is answered."""

    def __init__(self, events: str, wait: float = 0.05) -> None:
        self.pongs = 0
        self._events = events
        self._wait = wait

    def __call__(self, sock: socket.socket) -> None:
        reader = accept_websocket(sock, {**OPEN, "pingInterval": 1000 * self._wait})
        while True:
            for frame in self._events.split("\n"):
                sock.sendall(frame_text(frame))
            sock.sendall(frame_text("2"))
            frames: list[Any] = []
            while "3" not in frames:
                data = sock.recv(65536)
                if not data:
                    return
                frames += reader.feed(data)
            self.pongs += 1
            time.sleep(self._wait)


def test_the_heartbeat_goes_on_while_the_server_is_held_back(play: Play) -> None:
    beating = Beating("\n".join(['42["number"]'] * 300))
    go_on = threading.Event()
    seen: list[int] = []
    client = Client(max_waiting_events=FEW)
    client.on("number", lambda: seen.append(go_on.wait(HANG)))
    client.connect(play(beating).url, transports=["websocket"])
    until(lambda: client._driver.inbound.full)
    before = beating.pongs
    until(lambda: beating.pongs >= before + 5)
    assert client.connected
    go_on.set()
    until(lambda: len(seen) >= 300 * beating.pongs)
    assert client.connected
    client.disconnect()


def test_the_heartbeat_goes_on_over_polling(play: Play) -> None:
    class Polls(HangingPolls):
        pongs = 0

        def took(self, body: str) -> None:
            self.pongs += body.split("\x1e").count("3")

        def poll(self, sock: socket.socket) -> None:
            if self.polls == 1:
                answer(sock, "0" + json.dumps({**OPEN, "pingInterval": 50}))
            elif self.polls == 2:
                answer(sock, '40{"sid":"public"}')
            elif self.polls % 2:
                answer(sock, "\x1e".join(['42["number"]'] * 300))
            else:
                until(lambda: self.pongs >= self.polls // 2 - 2)
                time.sleep(0.05)
                answer(sock, "2")

    polls = Polls()
    go_on = threading.Event()
    client = Client(max_waiting_events=FEW)
    client.on("number", lambda: go_on.wait(HANG))
    client.connect(play(polls).url, transports=["polling"])
    until(lambda: client._driver.inbound.full)
    before = polls.pongs
    until(lambda: polls.pongs >= before + 5)
    assert client.connected
    go_on.set()
    client.disconnect()


def test_what_waits_is_bounded_by_its_bytes(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    beating = Beating(f'42["number","{"x" * 5000}"]')
    go_on = threading.Event()
    reasons: list[Any] = []
    client = Client(
        reconnection=False, max_waiting_bytes=50_000, engineio_logger=logging.getLogger("test")
    )
    client.on("number", lambda text: go_on.wait(HANG))
    client.on("disconnect", reasons.append)
    client.connect(play(beating).url, transports=["websocket"])
    until(lambda: not client.connected)
    assert 5 < beating.pongs < 20
    assert "max_waiting_bytes" in caplog.text
    go_on.set()
    client.wait()
    (reason,) = reasons
    assert reason.describe() == "transport error (too many bytes wait for slow handlers)"


def test_answers_are_read_for_handlers_that_have_every_thread(play: Play) -> None:
    def script(sock: socket.socket) -> None:
        reader = accept_websocket(sock)
        flood(sock, range(2))
        asked: list[Any] = []
        while len(asked) < 2:
            asked += reader.feed(sock.recv(65536))
        flood(sock, range(2, MANY))
        for question in asked:
            ack_id = question.removeprefix("42").removesuffix('["question"]')
            sock.sendall(frame_text(f'43{ack_id}["answer"]'))
        sock.recv(1)

    seen: list[int] = []
    answers: list[Any] = []
    client = Client(max_waiting_events=FEW, max_handler_threads=2)

    def number(value: int) -> None:
        seen.append(value)
        if value < 2:
            answers.append(client.call("question", timeout=HANG))

    client.on("number", number)
    client.connect(play(script).url, transports=["websocket"])
    until(lambda: answers == ["answer"] * 2)
    until(lambda: len(seen) == MANY)
    assert seen == list(range(MANY))
    client.disconnect()
