"""Raw clients of Engine.IO 3 and Socket.IO 4, written from the protocol; else as `clients.py`.

The server connects them to "/" by itself. Their sids are those that such clients make themselves.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, Self
from urllib.parse import urlencode

from tests.server_behaviour.clients import Answer, Client, Network, Packet, Polling, Socket

BINARY = "application/octet-stream"
UNITS = "utf-16-le"
"""What lengths of texts count units of; half a character of two is no text."""


class Older(Client):
    """What both transports have in common; with `text` a client takes no bytes."""

    eio = "3"

    def __init__(self, network: Network, path: str, *args: Any, text: bool = False) -> None:
        super().__init__(network, path, *args)
        self.text = text
        self.extra = "&b64=1" if text else ""

    def ping(self) -> None:
        """Send a ping, whose pong is what comes next."""
        self.send("2")
        packet = self.receive()
        assert packet == "3", packet
        self.pings += 1

    def connect(self, namespace: str = "/", auth: Any = None) -> str:
        query = "?" + urlencode(auth) if auth else ""
        if namespace != "/":
            self.send(f"40{namespace}{query},")
        answer = self.receive()
        assert isinstance(answer, str), answer
        return answer

    def join(self, namespace: str = "/", auth: Any = None) -> str:
        answer = self.connect(namespace, auth)
        assert answer == ("40" if namespace == "/" else f"40{namespace},"), answer
        sid: str = self.opened["sid"]
        self.sids[namespace] = sid if namespace == "/" else f"{namespace}#{sid}"
        return self.sids[namespace]


class OlderPolling(Older, Polling):
    """A session on long-polling; with `script` over JSONP."""

    binary = False  # send payloads of bytes

    def write(self, *packets: Packet) -> bytes:
        if self.binary:
            return b"".join(map(_binary_packet, packets))
        return "".join(map(_text_packet, packets)).encode()

    def read(self, answer: Answer) -> list[Packet]:
        if answer.headers["content-type"] == BINARY:
            assert not self.text, answer
            return _read_binary(answer.body)
        return _read_text(answer.text)


class JSONPPolling(OlderPolling):
    """A session on long-polling with scripts."""

    def __init__(self, network: Network, path: str) -> None:
        super().__init__(network, path, text=True)
        self.extra = "&j=3&b64=1"

    def write(self, *packets: Packet) -> bytes:
        return urlencode({"d": super().write(*packets).decode()}).encode()

    def read(self, answer: Answer) -> list[Packet]:
        assert answer.headers["content-type"] == "text/javascript; charset=UTF-8"
        script = answer.text
        assert script.startswith("___eio[3](")
        assert script.endswith(");")
        return _read_text(json.loads(script.removeprefix("___eio[3](").removesuffix(");")))


class OlderSocket(Older, Socket):
    """A session on WebSocket, or with the secret id of a session on polling a candidate for it."""

    def open(self, headers: dict[str, str] | None = None) -> Self:
        super().open(headers)
        return self

    def send(self, *packets: Packet) -> None:
        for packet in packets:
            if isinstance(packet, bytes):
                self.ws.send(_base64(packet) if self.text else b"\x04" + packet)
            else:
                self.ws.send(packet)

    def next(self) -> Packet:
        frame = self.ws.receive()
        if isinstance(frame, bytes):
            assert not self.text, frame
            assert frame[0] == 4, frame
            return frame[1:]
        return b64decode(frame[2:], validate=True) if frame[:2] == "b4" else frame


def upgrade(client: OlderPolling) -> OlderSocket:
    """Move a session from polling to WebSocket. Returns the WebSocket, which now carries it."""
    poll = client.begin_poll()
    socket = OlderSocket(client.network, client.path, client.opened["sid"], text=client.text).open()
    socket.send("2probe")
    answer = socket.receive()
    assert answer == "3probe", answer
    assert poll.answer().text == "1:6"
    socket.send("5")
    socket.opened, socket.sids = client.opened, client.sids
    return socket


def _base64(packet: bytes) -> str:
    return "b4" + b64encode(packet).decode()


def _units(text: str) -> int:
    return len(text.encode(UNITS)) // 2


def _text_packet(packet: Packet) -> str:
    text = _base64(packet) if isinstance(packet, bytes) else packet
    return f"{_units(text)}:{text}"


def _binary_packet(packet: Packet) -> bytes:
    content = packet.encode() if isinstance(packet, str) else b"\x04" + packet
    kind = b"\x00" if isinstance(packet, str) else b"\x01"
    return kind + bytes(int(digit) for digit in str(len(content))) + b"\xff" + content


def _read_text(payload: str) -> list[Packet]:
    packets: list[Packet] = []
    while payload:
        length, _, rest = payload.partition(":")
        units = rest.encode(UNITS)
        size = 2 * int(length)
        assert len(units) >= size, payload
        packet, payload = units[:size].decode(UNITS), units[size:].decode(UNITS)
        packets.append(b64decode(packet[2:]) if packet[:2] == "b4" else packet)
    return packets


def _read_binary(payload: bytes) -> list[Packet]:
    packets: list[Packet] = []
    while payload:
        kind, rest = payload[0], payload[1:]
        digits, _, rest = rest.partition(b"\xff")
        size = int("".join(map(str, digits)))
        content, payload = rest[:size], rest[size:]
        assert len(content) == size
        if kind == 0:
            packets.append(content.decode())
        else:
            assert kind == 1, kind
            assert content[0] == 4, content
            packets.append(content[1:])
    return packets
