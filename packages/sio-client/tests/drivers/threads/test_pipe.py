"""One pipe of the blocking driver."""

import selectors
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sio_client.drivers.address_order import Addresses
from sio_client.drivers.threads.pipe import SocketPipe
from sio_client.settings import Settings
from sio_client.user_agent.orders import OpenPipe


class Loop:
    """The driver's part and the line's, in the test's own thread."""

    def __init__(self) -> None:
        self.addresses = Addresses()
        self.settings = Settings()
        self.selector: selectors.BaseSelector = selectors.DefaultSelector()
        self.thread: Any = self
        self.inbound: Any = SimpleNamespace(full=False)
        self.told: list[str] = []

    def now(self) -> float:
        return 0.0

    def attend(self, pipe: SocketPipe) -> None:
        self.told.append("attend")

    def post(self, call: Callable[[], None]) -> None:
        call()

    def latest_close(self, now: float) -> float:
        return now + 1.0

    def opened(self, pipe: SocketPipe) -> None:
        self.told.append("opened")

    def secured(self, pipe: SocketPipe) -> None:
        self.told.append("secured")

    def received(self, pipe: SocketPipe, data: bytes) -> None:
        self.told.append(f"received {data!r}")

    def lost(self, pipe: SocketPipe, error: Exception | None) -> None:
        self.told.append(f"lost {type(error).__name__}")

    def stale(self, pipe: SocketPipe) -> None:
        self.told.append("stale")

    def output_full(self, pipe: SocketPipe, full: bool) -> None:
        self.told.append(f"output full {full}")

    def closed(self, pipe: SocketPipe) -> None:
        self.told.append("closed")

    def pipe(self, port: int) -> SocketPipe:
        order = OpenPipe(1, "127.0.0.1", port, None)
        pipe = SocketPipe(order, cast(Any, self), self)
        pipe.open()
        assert self.told.pop() == "attend"
        return pipe

    def turn(self) -> None:
        for key, mask in self.selector.select(10):
            key.data(mask)


@pytest.mark.parametrize("closed", [False, True])
def test_one_that_is_closed_as_it_opens_does_not_open(closed: bool) -> None:
    loop = Loop()
    with socket.create_server(("127.0.0.1", 0)) as listener, loop.selector:
        pipe = loop.pipe(listener.getsockname()[1])
        pipe.attended(0.0)
        ready = loop.selector.select(10)
        if closed:
            pipe.close()
        for key, mask in ready:
            key.data(mask)
        if closed:
            pipe.attended(0.0)
            assert loop.told == ["attend", "closed"]
            assert not loop.selector.get_map()
            return
        assert loop.told == ["opened"]
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"hello")
            loop.turn()
            pipe.write(b"answer")
            assert accepted.recv(100) == b"answer"
        loop.turn()
        assert loop.told == ["opened", "received b'hello'", "closed", "lost NoneType"]
        assert not loop.selector.get_map()


def test_one_that_its_peer_has_closed_is_not_used_again() -> None:
    for said in (b"", b"unasked"):
        loop = Loop()
        with socket.create_server(("127.0.0.1", 0)) as listener, loop.selector:
            pipe = loop.pipe(listener.getsockname()[1])
            pipe.attended(0.0)
            loop.turn()
            accepted, _ = listener.accept()
            with accepted:
                pipe.write(b"first", reused=True)
                assert accepted.recv(100) == b"first"
                accepted.sendall(said)
            ready = loop.selector.select(10)
            pipe.write(b"second", reused=True)
            assert loop.told == ["opened", "closed", "stale"]
            for key, mask in ready:  # as if it had been seen in the same moment
                key.data(mask)
            assert loop.told == ["opened", "closed", "stale"]
            assert not loop.selector.get_map()


def test_the_end_is_read_before_it_is_known_to_be_stale() -> None:
    loop = Loop()
    later: list[Callable[[], None]] = []
    loop.post = later.append  # type: ignore[method-assign]
    with socket.create_server(("127.0.0.1", 0)) as listener, loop.selector:
        pipe = loop.pipe(listener.getsockname()[1])
        pipe.attended(0.0)
        loop.turn()
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"unasked")
        loop.selector.select(10)
        pipe.write(b"second", reused=True)
        loop.turn()
        later[0]()
        assert loop.told == ["opened", "closed", "stale"]
