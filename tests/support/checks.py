"""What web servers of every kind are put through; each check takes a running server."""

import asyncio
import contextlib
import signal
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.support.raw import (
    LIMIT,
    Client,
    Polling,
    Socket,
    http_client,
    left,
    open_websocket,
    unverified,
)
from tests.support.servers import Served


async def works(client: Client, transport: str) -> None:
    """Text and binary arrive, both ways, and the server knows the transport."""
    data = bytes(range(256))
    await client.emit("echo", "a€😀", data, {"b": [1, None]})
    assert await client.event() == ["echoed", "a€😀", data, {"b": [1, None]}]
    assert await client.ask("ask", data) == [data]
    facts = (await client.ask("facts"))[0]
    assert facts["transport"] == transport
    assert facts["valid"] == ""


async def both_transports_and_the_upgrade(
    served: Served, path: str, headers: dict[str, str]
) -> None:
    """Three clients come, talk and go: on polling, on WebSocket, and from the one to the other."""
    async with (
        Polling(served, path, headers) as polling,
        Polling(served, path, headers) as upgrading,
        Socket(served, path, headers=headers) as socket,
    ):
        sids = [await client.join() for client in (polling, upgrading, socket)]
        await works(polling, "polling")
        await works(socket, "websocket")
        before = upgrading
        candidate = Socket(served, path, sid=before.sid, headers=headers)
        waiting = asyncio.create_task(before.request())
        await candidate.open()
        await candidate.send("2probe")
        assert await candidate.receive() == "3probe"
        assert (await waiting).text == "6"
        await candidate.send("5")
        candidate.opened = before.opened
        await works(candidate, "websocket")
        await candidate.aclose()
        assert (await socket.ask("left", sids[1]))[0]["reason"] == "transport close"
        await polling.send("1")
        assert (await socket.ask("left", sids[0]))[0]["reason"] == "transport close"
        await socket.send("1")
        await socket.closed_with()
    async with Polling(served, path, headers) as witness:
        await witness.join()
        assert (await witness.ask("left", sids[2]))[0]["times"] == 1


async def hang_up_on_a_poll(served: Served, client: Polling) -> None:
    """Begin a poll, and hang up on it once the application knows of it."""
    context = unverified() if served.secure else None
    _, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=context)
    target = f"/socket.io/?EIO=4&transport=polling&sid={client.sid}"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
    await polling_begun(served, client)
    writer.transport.abort()


async def polling_begun(served: Served, client: Polling) -> None:
    """Wait until a poll of the client is waiting in the application."""
    async with http_client(served) as http:
        assert (await http.get(f"/poll/{client.sid}")).text == "waiting"


async def clients_vanish(served: Served) -> None:
    """Clients that go without a word are noticed, during a poll and on a WebSocket."""
    async with Polling(served) as client, Socket(served) as socket:
        sids = [await client.join(), await socket.join()]
        await hang_up_on_a_poll(served, client)
        socket.ws.transport.abort()
        for sid in sids:
            assert (await left(served, sid))["reason"] in ("transport close", "transport error")


async def environment_is_true(served: Served, transport: type[Polling] | type[Socket]) -> None:
    """The WSGI environment of a client says what it sent, and to whom."""
    async with transport(served, headers={"x-probe": "a probe"}) as client:
        await client.join()
        facts = (await client.ask("facts"))[0]
    assert facts["valid"] == ""
    assert facts["REMOTE_ADDR"] == "127.0.0.1"
    assert facts["wsgi.url_scheme"] == "http"
    assert facts["SCRIPT_NAME"] == ""
    assert facts["PATH_INFO"] == "/socket.io/"
    assert facts["SERVER_NAME"]
    assert facts["SERVER_PORT"] == str(served.port)
    assert facts["HTTP_HOST"] == served.host
    assert facts["HTTP_X_PROBE"] == "a probe"
    assert facts["REQUEST_METHOD"] == "GET"
    assert facts["QUERY_STRING"].startswith("EIO=4&transport=")
    assert facts["RAW_URI"] == "/socket.io/?" + facts["QUERY_STRING"]


async def never_reads(served: Served) -> None:
    """A client that takes nothing is closed, and others go on; `max_queue_bytes` is 300,000."""
    async with Socket(served) as slow, Socket(served) as reader:
        sid = await slow.join()
        await reader.join()
        gone = asyncio.create_task(left(served, sid))
        # From here on `slow` takes nothing more off its connection: the buffers in between
        # fill up, and then the queue. `reader` keeps up with each of its own messages.
        rounds = 0
        while not gone.done():
            await reader.emit("say", rounds, "x" * 100_000)
            assert (await reader.event())[:2] == ["said", rounds]
            rounds += 1
            assert rounds < 2000, "the slow client was never closed"
        facts = await gone
        assert facts["reason"] == "transport error"
        assert facts["detail"] == "too many bytes wait for a slow client"
        assert await reader.ask("ask", "still here") == ["still here"]
        slow.ws.transport.abort()


async def ends_at_once(served: Served, *transports: type[Socket]) -> None:
    """The process is told to end: it does, and clients see their connections break."""
    async with Polling(served) as client, contextlib.AsyncExitStack() as stack:
        await client.join()
        others = [await stack.enter_async_context(kind(served)) for kind in transports]
        poll = asyncio.create_task(client.request())
        await polling_begun(served, client)
        served.process.terminate()  # the process alone, as a supervisor does
        assert await asyncio.to_thread(served.wait_ended) in (0, -signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            await poll
        for other in others:
            await other.ended()


async def ends_gracefully(served: Served) -> None:
    """The process is told to end: clients hear of it, and it ends in time."""
    async with Polling(served) as client, Socket(served) as socket:
        sids = [await client.join(), await socket.join()]
        poll = asyncio.create_task(client.request())
        await polling_begun(served, client)
        served.process.terminate()  # the process alone, as a supervisor does
        answer = await poll
        assert answer.status_code == 200
        assert answer.text.split("\x1e")[-1] == "1"
        await socket.ended()
        await client.aclose()  # some servers wait for connections that are kept open for later
        # Well within the seconds that it may take to drain, and a generous margin.
        await asyncio.to_thread(served.wait_ended)
    for sid in sids:
        assert f"left: {sid} server disconnect" in served.log()


async def refuses_websocket(
    served: Served, query: str, status: int = 400, text: str | None = None, **kwargs: Any
) -> None:
    """A WebSocket gets a response, with `text`, or is closed at once where it is open by then."""
    if served.opens_first:
        async with open_websocket(served, query, **kwargs) as websocket, asyncio.timeout(LIMIT):
            await websocket.wait_closed()
        assert websocket.close_code == 1008
        return
    with pytest.raises(InvalidStatus) as caught:
        await open_websocket(served, query, **kwargs)
    response = caught.value.response
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert text is None or (response.body or b"").decode() == text
