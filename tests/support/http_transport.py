"""What an `httpx.AsyncClient` sends its requests with here: HTTP/1.1 on asyncio's own transports.

httpx's own costs a test process several times what the server under test spends on a request; all
else of the client stays httpx's: requests, answers, cookies, errors. Connections are kept, and
used again while nothing came on them since.
"""

import asyncio
import re
import select
import socket
import ssl
from collections.abc import AsyncIterator

import httpx

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+) *\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked *\r\n", re.IGNORECASE)
CLOSE = re.compile(rb"\r\nconnection: *close *\r\n", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One connection: what came is kept, also behind the end, until it is asked for."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._data = bytearray()
        self._eof = False
        self._error: Exception | None = None
        self._something = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self.transport: asyncio.Transport

    # What asyncio calls ---------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        self._something.set()

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc)
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _end(self, error: Exception | None) -> None:
        self._eof = True
        self._error = self._error or error
        self._something.set()

    # What the transport below calls ---------------------------------------

    def idle(self) -> bool:
        """Tell whether the connection can take a request: it is open, and nothing came."""
        if self._eof or self._data or self.transport.is_closing():
            return False
        found: socket.socket = self.transport.get_extra_info("socket")
        poll = select.poll()
        poll.register(found.fileno(), select.POLLIN)
        return not poll.poll(0)

    async def write(self, data: bytes) -> None:
        """Write, and wait while too much waits; where the other end is gone the answer tells."""
        self.transport.write(data)
        try:
            async with asyncio.timeout(self._limit):
                await self._writable.wait()
        except TimeoutError as error:
            raise httpx.WriteTimeout(f"nothing was taken in {self._limit} s") from error

    async def _more(self) -> bool:
        """Wait until there is more. Returns false at the end."""
        if self._eof:
            if self._error is not None:
                raise httpx.ReadError(str(self._error)) from self._error
            return False
        self._something.clear()
        try:
            async with asyncio.timeout(self._limit):
                await self._something.wait()
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"nothing came in {self._limit} s") from error
        return True

    async def take(self, size: int) -> bytes:
        """Take up to `size` bytes; none are there at the end."""
        while not self._data and await self._more():
            pass
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    async def until(self, mark: bytes) -> bytes:
        """Take what comes before the mark, and the mark."""
        while (found := self._data.find(mark)) < 0:
            if not await self._more():
                what = "an answer" if self._data else "sending a response"
                raise httpx.RemoteProtocolError(f"Server disconnected without {what}.")
        return await self.take(found + len(mark))


class Body(httpx.AsyncByteStream):
    """The body of an answer; behind its end, and there only, the connection is of use again."""

    def __init__(
        self, transport: "Transport", connection: Connection, head: bytes, *, empty: bool
    ) -> None:
        self._transport = transport
        self._connection = connection
        self._head = head
        self._empty = empty
        self._whole = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._empty:
            pass
        elif CHUNKED.search(self._head):
            while size := int((await self._connection.until(b"\r\n")).partition(b";")[0], 16):
                async for part in self._exactly(size):
                    yield part
                await self._connection.until(b"\r\n")
            await self._connection.until(b"\r\n")
        elif length := LENGTH.search(self._head):
            async for part in self._exactly(int(length[1])):
                yield part
        else:
            while part := await self._connection.take(1_000_000):
                yield part
            return
        self._whole = self._head.startswith(b"HTTP/1.1") and not CLOSE.search(self._head)

    async def _exactly(self, size: int) -> AsyncIterator[bytes]:
        while size:
            if not (part := await self._connection.take(size)):
                raise httpx.RemoteProtocolError("Server disconnected within the body.")
            size -= len(part)
            yield part

    async def aclose(self) -> None:
        self._transport.done(self._connection, self._whole)


class Transport(httpx.AsyncBaseTransport):
    """Sends the requests of one client, whose server is always the same."""

    def __init__(self, context: ssl.SSLContext | None, limit: float, *, keeps: bool) -> None:
        self._context = context
        self._limit = limit
        self._keeps = keeps
        self._open: set[Connection] = set()
        self._idle: list[Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connection = await self._connection(request.url)
        try:
            head = await self._exchange(connection, request)
        except BaseException:
            self.done(connection, False)
            raise
        first, *lines = head[:-4].split(b"\r\n")
        status = int(first.split(b" ")[1])
        pairs = (line.partition(b":") for line in lines)
        headers = [(name, value.strip(b" ")) for name, _, value in pairs]
        empty = request.method == "HEAD" or status in (204, 304)
        body = Body(self, connection, head, empty=empty)
        return httpx.Response(status, headers=headers, stream=body)

    async def _connection(self, url: httpx.URL) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.idle():
                return connection
            self.done(connection, False)
        try:
            async with asyncio.timeout(self._limit):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._limit), url.host, url.port or 80, ssl=self._context
                )
        except (OSError, TimeoutError) as error:
            raise httpx.ConnectError(str(error)) from error
        self._open.add(connection)
        return connection

    async def _exchange(self, connection: Connection, request: httpx.Request) -> bytes:
        """Send a request. Returns the head of its answer."""
        head = [request.method.encode() + b" " + request.url.raw_path + b" HTTP/1.1"]
        head += [name + b": " + value for name, value in request.headers.raw]
        chunked = "transfer-encoding" in request.headers
        assert isinstance(request.stream, httpx.AsyncByteStream)
        data = b"\r\n".join([*head, b"", b""])
        async for part in request.stream:
            data += b"%x\r\n%b\r\n" % (len(part), part) if chunked else part
            await connection.write(data)
            data = b""
        await connection.write(data + b"0\r\n\r\n" if chunked else data)
        while (answer := await connection.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100"):
            pass
        return answer

    def done(self, connection: Connection, whole: bool) -> None:
        """Keep a connection whose answer was read, and end any other."""
        if whole and self._keeps:
            self._idle.append(connection)
        else:
            connection.transport.close()
            self._open.discard(connection)

    async def aclose(self) -> None:
        for connection in self._open:
            connection.transport.close()
        self._open.clear()
        self._idle.clear()
