"""A network for agents in memory: the driver's part is played here, the server's by the tests."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import h11
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Event, Request

from sio_client import Client
from sio_client.process_end.at_exit import AT_EXIT
from sio_client.settings.settings import Settings
from sio_client.user_agent.agent import Agent
from sio_client.user_agent.orders import ClosePipe, OpenPipe, SecurePipe, WritePipe
from sio_client.user_agent.results import Result
from sio_client.user_agent.routes.endpoint import Endpoint
from tests.support.site import Site, open_site


class Net:
    """One agent, what it ordered, and what came of it; `pipe` is the newest of its pipes."""

    def __init__(self, url: str, **settings: Any) -> None:
        settings.setdefault("trust_env", False)
        self.settings = Settings(**settings)
        self.agent = Agent(Endpoint.parse(url), self.settings, random=lambda count: b"\x01" * count)
        self.results: list[Result] = []
        self.opens: list[OpenPipe] = []
        self.secured: list[str] = []
        self.closed: list[int] = []
        self._written: dict[int, bytes] = {}

    @property
    def pipe(self) -> int:
        return self.opens[-1].pipe

    def run(self, results: list[Result] = []) -> None:  # noqa: B006
        self.results += results
        seen = set()
        for order in self.agent.take_orders():
            if isinstance(order, OpenPipe):
                self.opens.append(order)
            elif isinstance(order, WritePipe):
                assert order.pipe not in seen, "one order for what is written to a pipe"
                assert order.pipe not in self.closed
                seen.add(order.pipe)
                self._written[order.pipe] = self._written.get(order.pipe, b"") + order.data
            elif isinstance(order, SecurePipe):
                self.secured.append(order.server_name)
            else:
                assert isinstance(order, ClosePipe)
                self.closed.append(order.pipe)

    def written(self, pipe: int | None = None) -> bytes:
        return self._written.pop(pipe or self.pipe, b"")

    def connect(self) -> None:
        self.run(self.agent.pipe_opened(self.pipe))

    def receive(self, data: bytes, pipe: int | None = None) -> None:
        self.run(self.agent.pipe_received(pipe or self.pipe, data))

    def lose(self, error: Exception | None = None, pipe: int | None = None) -> None:
        self.run(self.agent.pipe_lost(pipe or self.pipe, error))

    def take(self) -> Any:
        (result,) = self.results
        self.results = []
        return result

    def get(self, id: int = 1) -> None:
        """Send a GET, on a new pipe if need be."""
        before = len(self.opens)
        self.agent.request(id, "GET", "EIO=4&transport=polling", [], b"")
        self.run()
        if len(self.opens) > before:
            self.connect()

    def post(self, id: int = 1, body: bytes = b"4hello") -> None:
        """Send a POST, on a new pipe if need be."""
        before = len(self.opens)
        headers = [("Content-Type", "text/plain;charset=UTF-8")]
        self.agent.request(id, "POST", "EIO=4&sid=s", headers, body)
        self.run()
        if len(self.opens) > before:
            self.connect()

    def request(self, pipe: int | None = None) -> "Seen":
        """What the server has read of the request on a pipe."""
        return Seen(self.written(pipe))

    def opening(self, id: int = 1) -> None:
        """Ask for a WebSocket, as far as its handshake."""
        self.agent.open_websocket(id, "EIO=4&transport=websocket")
        self.run()
        self.connect()

    def websocket(self, id: int = 1) -> WSConnection:
        """Open a WebSocket; returns the server's side of it."""
        self.opening(id)
        server = WSConnection(ConnectionType.SERVER)
        server.receive_data(self.written())
        (event,) = server.events()
        assert isinstance(event, Request)
        self.receive(server.send(AcceptConnection()))
        return server

    def events(self, server: WSConnection) -> list[Event]:
        """What came to the server's side of a WebSocket."""
        server.receive_data(self.written())
        return list(server.events())


class Seen:
    """A request as an HTTP server reads it."""

    def __init__(self, wire: bytes) -> None:
        server = h11.Connection(h11.SERVER)
        server.receive_data(wire)
        request = server.next_event()
        assert isinstance(request, h11.Request), request
        self.method = request.method.decode()
        self.target = request.target.decode()
        self.headers = {n.decode(): v.decode("latin-1") for n, v in request.headers}
        assert len(self.headers) == len(list(request.headers)), "a header is sent twice"
        self.body = b""
        while isinstance(event := server.next_event(), h11.Data):
            self.body += event.data


MakeNet: TypeAlias = Callable[..., Net]


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    """Have a test that fails leave no client to those after it."""
    yield
    for client in list(AT_EXIT._clients):
        assert isinstance(client, Client)
        client.disconnect()


@pytest.fixture(scope="session")
def make_net() -> MakeNet:
    return Net


@pytest.fixture
def net() -> Net:
    return Net("http://chat.example:5000")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site
