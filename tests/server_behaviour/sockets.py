"""Clients on real sockets: connections that were dialled, whoever is at their other end."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable

from sio_core.websocket import Close, Failed, FrameReader
from tests.server_behaviour.clients import LIMIT, Answer, Closed, InThread, Packet

Dial = Callable[[], socket.socket]
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MOST = 100_000_000
TEXT, BINARY, CLOSE = 0x81, 0x82, 0x88


def head(method: str, target: str, headers: dict[str, str]) -> bytes:
    """The head of a request."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {"Host": "testserver", **headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(first: int, payload: bytes) -> bytes:
    """One whole frame of a client, under the mask that changes nothing."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    return bytes([first]) + length + bytes(4) + payload


class Sockets:
    """A network of sockets; `dial` connects one to the server."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial

    def request(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> SocketRequest:
        """Send a request."""
        sock = self._dial()
        length = {"Content-Length": str(len(body))} if method == "POST" else {}
        given = {**length, **(headers or {})}
        return SocketRequest(sock, head(method, target, given) + body)

    def websocket(self, target: str, headers: dict[str, str] | None = None) -> OpenSocket | Answer:
        """Open a WebSocket, or return the response that refuses it."""
        sock = self._dial()
        opening = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": KEY,
            **(headers or {}),
        }
        sock.sendall(head("GET", target, opening))
        status, answered = read_head(sock)
        if status == 101:
            return OpenSocket(sock)
        return read_answer(sock, status, answered)


class SocketRequest:
    """A request on a connection of its own."""

    def __init__(self, sock: socket.socket, data: bytes) -> None:
        self._sock = sock
        self._thread = InThread(lambda: self._run(data))

    def _run(self, data: bytes) -> Answer:
        try:
            with contextlib.suppress(ConnectionError):  # refused before all of it was read
                self._sock.sendall(data)
            return read_answer(self._sock, *read_head(self._sock))
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed(repr(error)) from error
        finally:
            self._sock.close()

    @property
    def done(self) -> bool:
        """True once there is an answer, or none to come."""
        return self._thread.done

    def answer(self) -> Answer:
        """Wait for the response. Raises `Closed` without one."""
        answer: Answer = self._thread.result()
        return answer

    def hang_up(self) -> None:
        """Leave without the response."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


def read_head(sock: socket.socket) -> tuple[int, dict[str, str]]:
    """The status and headers of a response, and not a byte of what is behind them."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise Closed(f"the connection was closed after {received!r}")
        received += byte
    first, *lines = received.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


def read_answer(sock: socket.socket, status: int, headers: dict[str, str]) -> Answer:
    """The response of which the head was read."""
    body, size = b"", int(headers.get("content-length", "0"))
    while len(body) < size:
        chunk = sock.recv(min(size - len(body), 65536))
        if not chunk:
            raise Closed(f"the connection was closed in the midst of {headers}")
        body += chunk
    return Answer(status, headers, body)


class OpenSocket:
    """A WebSocket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._reader = FrameReader(MOST, masked=False)
        self._received: list[Packet | Close] = []

    def send(self, packet: Packet) -> None:
        """Send a message."""
        data = packet.encode() if isinstance(packet, str) else packet
        self.write(frame(TEXT if isinstance(packet, str) else BINARY, data))

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Closed(repr(error)) from error

    def receive(self) -> Packet:
        """Wait for a message. Raises `Closed` at the end."""
        while not self._received:
            try:
                data = self._sock.recv(65536)
            except TimeoutError:
                raise
            except OSError as error:
                raise Closed(repr(error)) from error
            if not data:
                raise Closed("the connection was closed")
            for found in self._reader.feed(data):
                assert not isinstance(found, Failed), found
                if isinstance(found, str | bytes | Close):
                    self._received.append(found)
        found = self._received.pop(0)
        if isinstance(found, Close):
            self.hang_up()
            raise Closed(found.reason, found.code)
        return found

    def close(self) -> None:
        """Send a close frame."""
        self.write(frame(CLOSE, (1000).to_bytes(2)))

    def hang_up(self) -> None:
        """Break the connection off, with a reset where there is such a thing."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


def dial(port: int) -> socket.socket:
    """A connection to a port of this machine."""
    sock = socket.create_connection(("127.0.0.1", port), LIMIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
