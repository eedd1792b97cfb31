"""The server's end of one connection, by hand: HTTP requests, WebSocket frames, rude endings.

It checks nothing but what it needs, and `complaints` has what a client should never do.
"""

import asyncio
import base64
import contextlib
import gzip
import hashlib
import socket
import zlib
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

RESET = b"\1\0\0\0\0\0\0\0"  # struct linger: on, for no time at all
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
REASONS = {
    101: "Switching Protocols",
    200: "OK",
    302: "Found",
    407: "Proxy Authentication Required",
}
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


@dataclass(frozen=True)
class Request:
    """One request; the names of its headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The arguments of the target."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def websocket(self) -> bool:
        """Whether a WebSocket is asked for."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that were sent."""
        pairs = (part.partition("=") for part in self.headers.get("cookie", "").split("; "))
        return {name: value for name, _, value in pairs if name}


class Gone(Exception):
    """The client has closed the connection."""


class Wire:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.complaints: list[str] = []

    async def request(self) -> Request:
        """Read a request. Raises `Gone` when there will be none."""
        try:
            begin = await self.reader.readexactly(1)
            if begin == b"\x16":  # TLS, which web servers answer like this
                self.write(answer(400, b"plain HTTP, please"))
                await self.hang_up_awaited()
            head = begin + await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")[:-2]
            method, target, _ = first.split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error
        return Request(method, target, headers, body)

    async def frame(self) -> tuple[int, bytes]:
        """Read a frame: opcode and payload. Raises `Gone` when there will be none."""
        read = self.reader.readexactly
        try:
            first, second = await read(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await read(2 if size == 126 else 8), "big")
            if not second & 0x80:
                self.complaints.append("a frame without a mask")
                return first & 0x0F, await read(size)
            mask, payload = await read(4), await read(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error
        whole = (mask * (size // 4 + 1))[:size]
        unmasked = int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")
        return first & 0x0F, unmasked.to_bytes(size, "big")

    async def first(self, event: asyncio.Event) -> None:
        """Wait for `event`. Raises `Gone` if the client hangs up first."""
        reading = asyncio.ensure_future(self.reader.read(1))
        waiting = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not event.is_set():
                with contextlib.suppress(ConnectionError):
                    if reading.result():
                        self.complaints.append("a request before the answer to the last one")
                raise Gone
        finally:
            reading.cancel()
            waiting.cancel()
            await asyncio.wait({reading, waiting})

    async def hang_up_awaited(self) -> None:
        """Do nothing until the client hangs up, and raise `Gone`."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(65536):
                pass
        raise Gone

    def write(self, data: bytes) -> None:
        """Send bytes; to a client that is gone they are not sent."""
        if not self.writer.is_closing():
            self.writer.write(data)

    def close(self) -> None:
        """Close the connection in order."""
        self.writer.close()

    def reset(self) -> None:
        """End the connection with a reset."""
        # TLS that is over knows no socket any more; in Python 3.11.2 it cannot be aborted either.
        with contextlib.suppress(AttributeError):
            sock = self.writer.get_extra_info("socket")
            if sock is not None and not self.writer.is_closing():
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.writer.transport.abort()


def answer(status: int, body: bytes = b"", *headers: tuple[str, str], encoding: str = "") -> bytes:
    """A whole answer; `encoding` is gzip, deflate, raw (deflate without a header) or chunked."""
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Test')}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if encoding == "chunked":
        lines.append("Transfer-Encoding: chunked")
        pieces = [body[begin : begin + 7] for begin in range(0, len(body), 7)] + [b""]
        body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    elif status != 101:
        if encoding:
            lines.append(f"Content-Encoding: {'gzip' if encoding == 'gzip' else 'deflate'}")
            body = _compressed(body, encoding)
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def _compressed(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS if encoding == "raw" else zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def switching(request: Request, *headers: tuple[str, str]) -> bytes:
    """The answer that opens a WebSocket."""
    key = request.headers.get("sec-websocket-key", "")
    accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
    upgrade = (("Upgrade", "websocket"), ("Connection", "Upgrade"))
    return answer(101, b"", *upgrade, ("Sec-WebSocket-Accept", accept), *headers)


def frame(payload: str | bytes, opcode: int | None = None) -> bytes:
    """One whole frame of a server."""
    if opcode is None:
        opcode = TEXT if isinstance(payload, str) else BINARY
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data)
    if size < 126:
        head = bytes([0x80 | opcode, size])
    elif size < 65536:
        head = bytes([0x80 | opcode, 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 127]) + size.to_bytes(8, "big")
    return head + data
