"""A WebSocket client light enough to be there a thousand times, and rude where it should be.

It knows what `raw.Socket` knows of Socket.IO, frames by hand, and hides nothing of its
connection: it can stop reading, leave a frame unfinished and reset.
"""

import asyncio
import json
import socket
from typing import Any

from tests.support.raw import LIMIT, Closed, Packet
from tests.support.servers import Served

OPENING = (
    "GET /socket.io/?EIO=4&transport=websocket{more} HTTP/1.1\r\nHost: {host}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
RESET = b"\1\0\0\0\0\0\0\0"  # struct linger: on, for no time at all


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole frame of a client, under the mask that changes nothing."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 65536:
        head = bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 0xFF]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class LightClient(asyncio.Protocol):
    """One session on WebSocket; pings are counted and answered while `pongs` is true."""

    def __init__(self) -> None:
        self.sid = ""
        self.pings = 0
        self.pongs = True
        self.transport: asyncio.Transport
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.told = asyncio.Event()  # the server sent a close frame
        self.shaken = asyncio.Event()  # the opening handshake is over
        self._buffer = bytearray()
        self._packets: asyncio.Queue[Packet | None] = asyncio.Queue()

    # The connection -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._packets.put_nowait(None)
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.shaken.is_set():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._buffer = rest
            self.shaken.set()
        while (found := self._take_frame()) is not None:
            self._received(*found)

    def _take_frame(self) -> tuple[int, bytes] | None:
        """Take the opcode and payload of a frame off the buffer, if it is there as a whole."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        begin = 2 + {126: 2, 127: 8}.get(buffer[1], 0)
        if len(buffer) < begin:
            return None
        size = int.from_bytes(buffer[2:begin], "big") if begin > 2 else buffer[1]
        if len(buffer) < begin + size:
            return None
        opcode, payload = buffer[0], bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        return opcode & 0x0F, payload

    def _received(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT and payload == b"2":
            self.pings += 1
            if self.pongs:
                self.send("3")
        elif opcode == CLOSE:
            self.told.set()
        elif opcode == PING:  # of a web server that is asked by nobody
            self.transport.write(frame(PONG, payload))
        elif opcode == TEXT:
            self.packet_received(payload.decode())
        else:
            assert opcode == BINARY, opcode
            self.packet_received(payload)

    def packet_received(self, packet: Packet) -> None:
        """Keep a packet for `receive`; a subclass may take it by itself."""
        self._packets.put_nowait(packet)

    # Packets --------------------------------------------------------------

    def send(self, packet: Packet) -> None:
        """Send one packet."""
        if isinstance(packet, str):
            self.transport.write(frame(TEXT, packet.encode()))
        else:
            self.transport.write(frame(BINARY, packet))

    async def receive(self) -> Packet:
        """Return the next packet that is no ping. Raises `Closed` at the end of the connection."""
        async with asyncio.timeout(LIMIT):
            packet = await self._packets.get()
        if packet is None:
            raise Closed("the connection is closed")
        return packet

    async def join(self) -> str:
        """Connect to `/`. Returns the client's id."""
        opened = await self.receive()
        assert isinstance(opened, str)
        assert opened.startswith("0"), opened
        self.send("40")
        answer = await self.receive()
        assert isinstance(answer, str)
        assert answer.startswith("40"), answer
        self.sid = json.loads(answer[2:])["sid"]
        return self.sid

    def emit(self, *args: Any) -> None:
        """Send an event without attachments."""
        self.send("42" + json.dumps(args))

    async def event(self) -> list[Any]:
        """Return the name and arguments of the next event."""
        packet = await self.receive()
        assert isinstance(packet, str), "an attachment without its event"
        kind, begin = packet[:2], packet.index("[")
        assert kind in ("42", "45"), packet[:100]
        values: list[Any] = json.loads(packet[begin:])
        for _ in range(int(packet[2 : begin - 1]) if kind == "45" else 0):
            attachment = await self.receive()
            assert isinstance(attachment, bytes), "an event without its attachment"
            values[next(i for i, value in enumerate(values) if isinstance(value, dict))] = (
                attachment
            )
        return values

    async def ask(self, *args: Any) -> list[Any]:
        """Send an event without attachments. Returns what the next packet acknowledges."""
        self.send("421" + json.dumps(args))
        answer = await self.receive()
        assert isinstance(answer, str)
        assert answer.startswith("431"), answer[:100]
        values: list[Any] = json.loads(answer[3:])
        return values

    # Ends -----------------------------------------------------------------

    async def close(self) -> None:
        """Hang up without a word, and wait until that is done."""
        self.transport.abort()
        await self.lost

    async def reset(self) -> None:
        """Hang up with a reset."""
        reset(self.transport)
        await self.lost


def reset(transport: asyncio.BaseTransport) -> None:
    """End a connection with a reset."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert isinstance(transport, asyncio.WriteTransport)
    transport.abort()


async def connect(served: Served, *, window: int = 0, sid: str = "") -> LightClient:
    """Open a WebSocket, with `sid` for a session on polling; `window` is its receive buffer."""
    client = LightClient()
    await shake_hands(client, served, window=window, sid=sid)
    return client


async def shake_hands(
    client: LightClient, served: Served, *, window: int = 0, sid: str = ""
) -> None:
    """Open the WebSocket of a client, as `connect` says."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setblocking(False)
    if window:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    await loop.sock_connect(sock, ("127.0.0.1", served.port))
    await loop.create_connection(lambda: client, sock=sock)
    more = f"&sid={sid}" if sid else ""
    client.transport.write(OPENING.format(host=served.host, more=more).encode())
    async with asyncio.timeout(LIMIT):
        await client.shaken.wait()


async def join(served: Served, *, window: int = 0) -> LightClient:
    """Open a session on WebSocket and connect to `/`."""
    client = await connect(served, window=window)
    await client.join()
    return client
