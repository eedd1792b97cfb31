"""Raw Engine.IO and Socket.IO clients that block: what goes over the wire is in plain sight.

`Polling` and `Socket` send and receive packets as text (`4...`) and bytes (a binary message), and
know just enough Socket.IO to join, emit, ask and read events. Pings are answered while a client
reads. Every wait is bounded, generously: nothing here measures time.
"""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self

LIMIT = 30.0
SEPARATOR = "\x1e"
Packet = str | bytes


class Closed(Exception):
    """The session is over; `code` is that of a closed WebSocket or of a refused request."""

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why, code)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """The response to one request; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body."""
        return self.body.decode()


class Request(Protocol):
    """A request whose answer may take its time."""

    def answer(self) -> Answer:
        """Wait for the response. Raises `Closed` without one, TimeoutError after `LIMIT`."""
        ...

    def hang_up(self) -> None:
        """Leave without the response."""
        ...


class WebSocket(Protocol):
    """An open WebSocket."""

    def send(self, frame: Packet) -> None:
        """Send a message. Raises `Closed`."""
        ...

    def receive(self) -> Packet:
        """Wait for a message. Raises `Closed` at the end, TimeoutError after `LIMIT`."""
        ...

    def close(self) -> None:
        """Close it as the protocol says, without waiting for an answer."""
        ...

    def hang_up(self) -> None:
        """Break the connection off."""
        ...


class Network(Protocol):
    """How clients reach a server."""

    def request(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Request:
        """Send a request."""
        ...

    def websocket(self, target: str, headers: dict[str, str] | None = None) -> WebSocket | Answer:
        """Open a WebSocket, or return the response that refuses it."""
        ...


class Client:
    """What both transports have in common; `opened` is what the open packet says."""

    kind = ""
    eio = "4"
    extra = ""  # of the query of the handshake

    def __init__(self, network: Network, path: str) -> None:
        self.network = network
        self.path = path
        self.opened: dict[str, Any] = {}
        self.sids: dict[str, str] = {}
        self.pings = 0
        self.pongs = True  # pings are answered
        self._numbers = 0

    @property
    def sid(self) -> str:
        """The id in "/"."""
        return self.sids["/"]

    def open(self, headers: dict[str, str] | None = None) -> Self:
        """Shake hands. Raises `Closed` if that is refused."""
        raise NotImplementedError

    def send(self, *packets: Packet) -> None:
        """Send packets, over polling in one request. Raises `Closed`."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """Vanish without a word."""
        raise NotImplementedError

    def next(self) -> Packet:
        """The next packet, whatever it is."""
        raise NotImplementedError

    def receive(self) -> Packet:
        """The next packet that is neither ping nor noop. Raises `Closed` at the session's end."""
        while True:
            packet = self.next()
            if packet == "2":
                self.pings += 1
                if self.pongs:
                    self.send("3")
            elif packet == "1":
                raise Closed("close packet")
            elif packet != "6":
                return packet

    def ended(self) -> Closed:
        """Read until the session is over; whatever still comes is dropped."""
        try:
            while True:
                self.receive()
        except Closed as end:
            return end

    def ends_with(self, *packets: Packet) -> Closed:
        """Send packets one by one; the session ends with them, and nothing is answered."""
        try:
            for packet in packets:
                self.send(packet)
            answer = self.receive()
        except Closed as end:
            return end
        raise AssertionError(f"the session went on with {answer!r}")

    # Socket.IO ------------------------------------------------------------

    def connect(self, namespace: str = "/", auth: Any = None) -> str:
        """Ask for a namespace. Returns the packet that answers."""
        head = "" if namespace == "/" else namespace + ","
        self.send(f"40{head}" + ("" if auth is None else json.dumps(auth)))
        answer = self.receive()
        assert isinstance(answer, str), answer
        return answer

    def join(self, namespace: str = "/", auth: Any = None) -> str:
        """Connect to a namespace. Returns the sid there."""
        answer = self.connect(namespace, auth)
        head = "40" if namespace == "/" else f"40{namespace},"
        assert answer.startswith(head + "{"), answer
        sid: str = json.loads(answer.removeprefix(head))["sid"]
        self.sids[namespace] = sid
        return sid

    def refused(self, namespace: str = "/", auth: Any = None) -> Any:
        """Be refused by a namespace. Returns what it says."""
        answer = self.connect(namespace, auth)
        head = "44" if namespace == "/" else f"44{namespace},"
        assert answer.startswith(head), answer
        return json.loads(answer.removeprefix(head))

    def emit(self, *args: Any, namespace: str = "/", ack: int | None = None) -> None:
        """Send an event; only the arguments themselves may be bytes."""
        self.send(*self._event("2", args, namespace, "" if ack is None else str(ack)))

    def ask(self, *args: Any, namespace: str = "/") -> list[Any]:
        """Send an event, whose acknowledgement is what comes next. Returns its arguments."""
        self._numbers += 1
        self.emit(*args, namespace=namespace, ack=self._numbers)
        kind, space, number, values = self.packet()
        assert (kind, space, number) == ("3", namespace, self._numbers), values
        return values

    def acknowledge(self, number: int, *args: Any, namespace: str = "/") -> None:
        """Answer an event."""
        self.send(*self._event("3", args, namespace, str(number)))

    def event(self, namespace: str = "/") -> list[Any]:
        """The next event, its name first, with its bytes put in place."""
        kind, space, _, values = self.packet()
        assert (kind, space) == ("2", namespace), (kind, space, values)
        return values

    def question(self, namespace: str = "/") -> tuple[int, list[Any]]:
        """The next event, which asks to be acknowledged: its number and its arguments."""
        kind, space, number, values = self.packet()
        assert (kind, space) == ("2", namespace)
        assert number is not None, values
        return number, values

    def packet(self) -> tuple[str, str, int | None, list[Any]]:
        """The next event or acknowledgement: kind (2, 3), namespace, number and arguments."""
        first = self.receive()
        assert isinstance(first, str), first
        kind, rest = first[1], first[2:]
        count = 0
        if kind in "56":
            size, _, rest = rest.partition("-")
            count, kind = int(size), str(int(kind) - 3)
        assert kind in "23", first
        namespace = "/"
        if rest.startswith("/"):
            namespace, _, rest = rest.partition(",")
        number, bracket, rest = rest.partition("[")
        values: list[Any] = json.loads(bracket + rest)
        attachments = [self.receive() for _ in range(count)]
        values = [
            attachments[value["num"]]
            if isinstance(value, dict) and "_placeholder" in value
            else value
            for value in values
        ]
        return kind, namespace, int(number) if number else None, values

    @staticmethod
    def _event(kind: str, args: tuple[Any, ...], namespace: str, number: str) -> list[Packet]:
        attachments = [value for value in args if isinstance(value, bytes)]
        numbers = iter(range(len(args)))
        shown = [
            {"_placeholder": True, "num": next(numbers)} if isinstance(value, bytes) else value
            for value in args
        ]
        head = f"4{int(kind) + 3}{len(attachments)}-" if attachments else f"4{kind}"
        space = "" if namespace == "/" else namespace + ","
        return [f"{head}{space}{number}{json.dumps(shown)}", *attachments]


class Polling(Client):
    """A session on long-polling."""

    kind = "polling"

    def __init__(self, network: Network, path: str) -> None:
        super().__init__(network, path)
        self.waiting: deque[Packet] = deque()
        self.headers: dict[str, str] = {}

    def target(self, **extra: str) -> str:
        """The path and query of a request of the session, before `open` of the handshake."""
        query = {"EIO": self.eio, "transport": "polling", **extra}
        if self.opened:
            query["sid"] = self.opened["sid"]
        pairs = "&".join(f"{key}={value}" for key, value in query.items())
        return f"{self.path}?{pairs}{self.extra}"

    def begin_poll(self) -> Request:
        """Send a request for what waits."""
        return self.network.request("GET", self.target(), headers=self.headers)

    def post(self, body: bytes) -> Answer:
        """Send a body."""
        return self.network.request("POST", self.target(), body, self.headers).answer()

    def open(self, headers: dict[str, str] | None = None) -> Self:
        self.headers = headers or {}
        self._take(self.begin_poll().answer())
        first = self.waiting.popleft()
        assert isinstance(first, str), first
        assert first.startswith("0"), first
        self.opened = json.loads(first[1:])
        return self

    def send(self, *packets: Packet) -> None:
        answer = self.post(self.write(*packets))
        if answer.status != 200:
            raise Closed(answer.text, answer.status)
        assert answer.text == "ok", answer

    def hang_up(self) -> None:
        pass  # between two requests there is nothing to leave

    def next(self) -> Packet:
        if not self.waiting:
            self._take(self.begin_poll().answer())
        return self.waiting.popleft()

    def _take(self, answer: Answer) -> None:
        if answer.status != 200:
            raise Closed(answer.text, answer.status)
        self.waiting.extend(self.read(answer))

    def write(self, *packets: Packet) -> bytes:
        """The body that carries packets."""
        return SEPARATOR.join(map(_encode, packets)).encode()

    def read(self, answer: Answer) -> list[Packet]:
        """The packets in an answer."""
        return list(map(_decode, answer.text.split(SEPARATOR)))


class Socket(Client):
    """A session on WebSocket, or with the secret id of a session on polling a candidate for it."""

    kind = "websocket"

    def __init__(self, network: Network, path: str, secret: str = "") -> None:
        super().__init__(network, path)
        self.ws: WebSocket
        self._secret = secret

    def open(self, headers: dict[str, str] | None = None) -> Self:
        more = f"&sid={self._secret}" if self._secret else ""
        query = f"EIO={self.eio}&transport=websocket{more}{self.extra}"
        opened = self.network.websocket(f"{self.path}?{query}", headers)
        if isinstance(opened, Answer):
            raise Closed(opened.text, opened.status)
        self.ws = opened
        if not self._secret:
            first = self.next()
            assert isinstance(first, str), first
            assert first.startswith("0"), first
            self.opened = json.loads(first[1:])
        return self

    def send(self, *packets: Packet) -> None:
        for packet in packets:
            self.ws.send(packet)

    def hang_up(self) -> None:
        self.ws.hang_up()

    def next(self) -> Packet:
        return self.ws.receive()


def upgrade(client: Polling) -> Socket:
    """Move a session from polling to WebSocket. Returns the WebSocket, which now carries it."""
    poll = client.begin_poll()
    candidate = Socket(client.network, client.path, client.opened["sid"]).open()
    candidate.send("2probe")
    answer = candidate.receive()
    assert answer == "3probe", answer
    assert poll.answer().text == "6"
    candidate.send("5")
    candidate.opened, candidate.sids = client.opened, client.sids
    candidate._numbers = client._numbers
    return candidate


class InThread:
    """A call in a thread of its own, whose result is waited for."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._value: Any = None
        self._error: BaseException | None = None
        self._done = threading.Event()
        threading.Thread(target=self._run, name="scenario", daemon=True).start()

    def _run(self) -> None:
        try:
            self._value = self._function()
        except BaseException as error:
            self._error = error
        self._done.set()

    @property
    def done(self) -> bool:
        """True once the call has returned."""
        return self._done.is_set()

    def result(self, limit: float = LIMIT) -> Any:
        """What the call returned; raises what it raised, and TimeoutError after `limit`."""
        if not self._done.wait(limit):
            raise TimeoutError(f"{self._function} goes on and on")
        if self._error is not None:
            raise self._error
        return self._value


def _encode(packet: Packet) -> str:
    return packet if isinstance(packet, str) else "b" + b64encode(packet).decode()


def _decode(packet: str) -> Packet:
    return b64decode(packet[1:]) if packet[:1] == "b" else packet
