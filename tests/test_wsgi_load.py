"""Servers under WSGI with many clients, with rude ones, and with much to do at the same time."""

import asyncio
import contextlib
import re
import resource
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.support import stopping
from tests.support.checks import polling_begun
from tests.support.light import CLOSE, OPENING, LightClient, connect, frame, join, reset
from tests.support.raw import LIMIT, Polling, half_a_post, http_client, left, order
from tests.support.servers import Served, launch
from tests.support.stopping import serve_stopping

pytest_plugins = ["tests.support.serving"]

APP = "tests.apps.load:app"
FILES = 3000
"""File descriptors that a thousand clients need, here and there, and some more."""
QUICK = {"ping_interval": 0.5, "ping_timeout": 30}
ORDERED = {**QUICK, "async_handlers": False}
"""Of the servers that tests share, also those that do not mind in which order handlers run."""
PATIENT = {"ping_interval": 300}
"""No ping answers a poll, however long a busy machine takes to bring everybody in."""
EACH_KIND = ["werkzeug", "pywsgi", "eventlet", "uwsgi"]
every_kind = pytest.mark.parametrize("server", EACH_KIND)


@pytest.fixture
def many_files() -> None:
    """Allow this process, and those that it starts, as many file descriptors as it takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        pytest.skip(f"a process may have only {hard} open files (to get more: ulimit -Hn {FILES})")
    if soft != resource.RLIM_INFINITY and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))


async def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"waited in vain until {what}")


@contextlib.asynccontextmanager
async def crowd(served: Served, size: int) -> AsyncIterator[list[LightClient]]:
    """Yield `size` connected clients; a few at a time come in."""
    gate = asyncio.Semaphore(50)

    async def come() -> LightClient:
        async with gate:
            return await join(served)

    clients = await asyncio.gather(*(come() for _ in range(size)))
    try:
        yield clients
    finally:
        await asyncio.gather(*(client.close() for client in clients))


# Many clients ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "size", "arguments"),
    [
        ("pywsgi", 1000, ()),
        ("werkzeug", 200, ()),
        ("gunicorn", 200, ("--threads", "250")),
    ],
)
async def test_idle_clients_are_held_through_heartbeats(serve, many_files, server, size, arguments):
    served = serve(server, APP, options=QUICK, arguments=arguments)
    async with crowd(served, size) as clients:
        seen = [client.pings for client in clients]
        await until(
            lambda: all(c.pings >= n + 3 for c, n in zip(clients, seen, strict=True)),
            "every client has seen three more pings",
        )
        assert not any(client.lost.done() for client in clients)
        answers = await asyncio.gather(*(client.ask("ask", client.sid) for client in clients))
        assert answers == [[client.sid] for client in clients]
        counts = await load(served)
        assert counts["sessions"] == counts["connections"] == size
        # One timer a server; what else there is comes from the web server, one a connection, and
        # in threads handlers leave one each for a moment.
        await settles(served, {"threads" if server != "pywsgi" else "greenlets": size + 100})
        if server == "pywsgi":
            assert counts["threads"] < 20
    await settles(served, {"sessions": 0, "connections": 0, "writers": 0})


@every_kind
async def test_a_slow_reader_stops_nobody(serve, server):
    served = serve(server, APP, options=ORDERED)
    async with crowd(served, 10) as clients:
        slow = await join(served, window=4096)
        slow.transport.pause_reading()
        flood = asyncio.create_task(order(served, "flood", "all"))
        for client in clients:
            await takes_the_flood(client)
        await flood
        await settles(served, {"writers": 1})  # for the slow one alone
        assert await clients[0].ask("ask", "still here") == ["still here"]
        slow.transport.resume_reading()
        await takes_the_flood(slow)
        assert await slow.ask("ask", "here too") == ["here too"]
        await settles(served, {"writers": 0})
        await slow.close()


async def takes_the_flood(client: LightClient) -> None:
    """Receive what `flood` sends, all of it and in order."""
    for number in range(80):
        assert await client.event() == ["flood", number, "x" * 100_000]


# The end -----------------------------------------------------------------------------------


SOCKETS, POLLS = 200, 50
WITH_MANY = ("werkzeug", "gunicorn", "pywsgi", "eventlet")
"""One for each kind of thread, with all of these; the others have a tenth."""


@pytest.mark.parametrize(
    "server", ["gunicorn", "gunicorn-gevent", "gunicorn-gevent-websocket", "gunicorn-eventlet"]
)
async def test_the_process_ends_in_time_with_clients_connected(serve, server):
    arguments = ["--graceful-timeout", "10"]
    if server == "gunicorn":
        arguments += ["--threads", str(SOCKETS + POLLS + 50)]
    served = serve(server, APP, arguments=arguments, options=PATIENT)
    await ends_in_time(served, many=server in WITH_MANY)


@pytest.mark.parametrize("server", stopping.SERVERS)
async def test_with_the_documented_lines_the_process_ends_in_time(serve, server):
    served = serve_stopping(serve, server, APP, options=PATIENT)
    await ends_in_time(served, many=server in WITH_MANY)


async def test_with_the_documented_lines_waitress_ends_in_time(serve):
    served = serve_stopping(serve, "waitress", APP, options=PATIENT)
    async with waiting_polls(served, POLLS) as polls, joined(served) as posting:
        _, half = await half_a_post(served, posting.sid)
        served.process.terminate()
        for answer in await asyncio.gather(*polls):
            assert answer.text.split("\x1e")[-1] == "1"
        assert await asyncio.to_thread(served.wait_ended) == 0
        half.close()
    assert served.log().count("server disconnect") == POLLS + 1
    served.check()


@contextlib.asynccontextmanager
async def joined(served: Served) -> AsyncIterator[Polling]:
    """Yield a client on polling that has joined at once: without a namespace it is soon ended.

    It may be long before its next request: its connections are not kept.
    """
    async with Polling(served, keeps=False) as client:
        await client.join()
        yield client


@contextlib.asynccontextmanager
async def waiting_polls(served: Served, size: int) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Yield polls of `size` clients, all of which wait."""
    gate = asyncio.Semaphore(5)  # no connection is without use for as long as a server keeps it
    async with contextlib.AsyncExitStack() as stack:

        async def come() -> asyncio.Task[Any]:
            async with gate:
                client = await stack.enter_async_context(joined(served))
                poll = asyncio.create_task(client.request())
                await polling_begun(served, client)
                return poll

        yield await asyncio.gather(*(come() for _ in range(size)))


async def ends_in_time(served: Served, *, many: bool) -> None:
    """The process is told to end with many clients, of which some do not listen."""
    async with (
        crowd(served, SOCKETS if many else SOCKETS // 10) as clients,
        waiting_polls(served, POLLS if many else POLLS // 10) as polls,
        joined(served),  # has no poll when the end comes, and so never hears of it
        joined(served) as posting,
    ):
        half_sender = posting.sids["/"]
        _, half = await half_a_post(served, posting.sid)
        stuck, mute = await join(served, window=4096), await join(served)
        stuck.transport.pause_reading()
        mute.transport.pause_reading()
        await order(served, "flood", stuck.sid)
        served.process.terminate()  # the process alone, as a supervisor does
        for answer in await asyncio.gather(*polls):
            assert answer.text.split("\x1e")[-1] == "1"
        assert await asyncio.to_thread(served.wait_ended) == 0
        await until(lambda: all(c.lost.done() for c in clients), "every client is let go")
        assert all(client.told.is_set() for client in clients)
        for sid in [half_sender, *(client.sid for client in (*clients, stuck, mute))]:
            assert f"left: {sid} server disconnect" in served.log()
        half.close()
        await stuck.close()
        await mute.close()
    served.check()


# Misbehaviour ------------------------------------------------------------------------------

OURS = re.compile(r'File ".*/sio_\w+/|raised an exception')
"""What the log has where something of this repository failed."""
EACH = 5
"""How many clients misbehave in each way: more than what a process may have by chance."""
HEAD = "POST /socket.io/?EIO=4&transport=polling{more} HTTP/1.1\r\nHost: x\r\n"
GET = "GET /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\n\r\n"
BODIES = {
    "head": "X-Cut: a",
    "body": "Content-Length: 100\r\n\r\nabc",
    "chunk": "Transfer-Encoding: chunked\r\n\r\n40\r\nabc",
}
FRAMES = {
    "head of a frame": b"\x81",
    "length of a frame": b"\x81\xff\0\0",
    "middle of a frame": frame(1, b"42" + b" " * 500)[:100],
    "middle of a message": b"\x01\x82\0\0\0\x0042",
    "an attachment missing": frame(1, b'451-["ask",{"_placeholder":true,"num":0}]'),
}


async def load(served: Served) -> dict[str, int]:
    """What the server has at the moment."""
    async with http_client(served) as http:
        found: dict[str, int] = (await http.get("/load")).json()
        return found


async def settles(served: Served, wanted: dict[str, int]) -> None:
    """Wait until the server has no more than this of anything."""
    found: dict[str, int] = {}
    try:
        async with asyncio.timeout(LIMIT):
            while any(found.get(name, limit + 1) > limit for name, limit in wanted.items()):
                await asyncio.sleep(0.25)
                found = await load(served)
    except TimeoutError:
        pytest.fail(f"the server keeps {found}, and should have at most {wanted}")


async def cut(served: Served, data: str, *, hard: bool) -> None:
    """Write something, then reset; or say that nothing follows, and read what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(data.encode())
    await writer.drain()
    if hard:
        reset(writer.transport)
        return
    writer.write_eof()
    async with asyncio.timeout(LIMIT):
        await reader.read()
    writer.close()


async def requests_cut_short(served: Served) -> None:
    """Requests that end in the middle, of nobody and of a session, by a reset and by an end."""
    for part, rest in BODIES.items():
        async with Polling(served) as client:
            sid = await client.join()
            for more in ("", f"&sid={client.sid}"):
                for hard in (True, False):
                    await cut(served, HEAD.format(more=more) + rest, hard=hard)
            # A head that breaks off is a request without a body for some, and for uWSGI none.
            unnoticed = ["ping timeout"] if part == "head" else []
            assert (await left(served, sid))["reason"] in ["transport error", *unnoticed]
    for hard in (True, False):
        await cut(served, OPENING.format(more="", host="x")[:-4], hard=hard)


async def polls_cut_short(served: Served) -> None:
    """A reset and an end in the middle of a poll."""

    async def hang_up(*, hard: bool) -> None:
        async with Polling(served) as client:
            sid = await client.join()
            _, writer = await asyncio.open_connection("127.0.0.1", served.port)
            writer.write(GET.format(sid=client.sid).encode())
            # On a busy machine a ping may have answered it by now: then the heartbeat notices.
            async with http_client(served) as http:
                path = f"/polls/{client.sid}/{client.polls + 1}"
                assert (await http.get(path)).text == "begun"
            if hard:
                reset(writer.transport)
            writer.close()
            await left(served, sid)

    await asyncio.gather(hang_up(hard=True), hang_up(hard=False))


async def upgrades_cut_short(served: Served) -> None:
    """A reset in the middle of an upgrade, after which the session goes on without it."""
    async with Polling(served) as client:
        sid = await client.join()
        candidate = await connect(served, sid=client.sid)
        candidate.send("2probe")
        assert await candidate.receive() == "3probe"
        await candidate.reset()
        assert await client.ask("ask", "here") == ["here"]
        await client.send("1")
        await left(served, sid)


async def frames_cut_short(served: Served) -> None:
    """Resets and ends in the middle of a frame, and of a message."""
    for data in FRAMES.values():
        for end in (LightClient.reset, LightClient.close):
            client = await join(served)
            client.transport.write(data)
            await end(client)
            assert (await left(served, client.sid))["reason"] == "transport close"


async def closing_unanswered(served: Served) -> None:
    """WebSockets that are told to close and never do: the server lets go by itself."""
    deaf, dumb = await join(served, window=4096), await join(served)
    deaf.transport.pause_reading()
    for client in (deaf, dumb):
        await order(served, "dismiss", client.sid)
        await left(served, client.sid)
    await dumb.lost  # that the server let go of `deaf` is seen in what it counts
    broken = await join(served)
    broken.transport.write(b"\xff\xff")
    closing = await join(served)
    closing.transport.write(frame(CLOSE, b"\x03\xe8"))
    await asyncio.gather(broken.lost, closing.lost)
    kept.append(deaf)


async def silence(served: Served) -> None:
    """WebSockets that never answer a ping; one of them never reads either."""
    quiet, stopped = await join(served), await join(served, window=4096)
    stopped.transport.pause_reading()
    quiet.pongs = False
    for client in (quiet, stopped):
        assert (await left(served, client.sid))["reason"] == "ping timeout"
    kept.append(stopped)


async def full_buffers(served: Served) -> None:
    """Clients that vanish, or are dismissed, while much is on its way to them."""
    clients = [await join(served, window=4096) for _ in range(3)]
    for client in clients:
        client.transport.pause_reading()
        await order(served, "flood", client.sid)
    gone, ended, dismissed = clients
    await gone.reset()
    await ended.close()
    await order(served, "dismiss", dismissed.sid)
    for client in clients:
        await left(served, client.sid)
    kept.append(dismissed)


QUICK_WAYS: list[Callable[[Served], Awaitable[None]]] = [
    requests_cut_short,
    upgrades_cut_short,
    frames_cut_short,
    closing_unanswered,
    full_buffers,
]
WAYS = [*QUICK_WAYS, polls_cut_short, silence]
kept: list[LightClient] = []
"""Clients that keep hold of their end of a connection while the server's is looked for."""


@every_kind
async def test_misbehaviour_leaves_nothing_behind(tmp_path, server):
    options = {"ping_interval": 1, "ping_timeout": 12, "connect_timeout": 60}
    served = launch(server, APP, tmp_path / "log", options=options)
    try:
        witness = await join(served)
        await asyncio.gather(*(way(served) for way in QUICK_WAYS))  # what is made once is made
        before = await calm(served)
        await asyncio.gather(*(way(served) for way in WAYS for _ in range(EACH)))
        await settles(served, before)
        assert await witness.ask("ask", "still here") == ["still here"]
        await asyncio.gather(*(client.close() for client in (witness, *kept)))
    finally:
        kept.clear()
        served.stop()
    # Web servers print tracebacks of requests that break off before they reach anybody.
    assert not OURS.search(served.log()), served.log()


async def calm(served: Served) -> dict[str, int]:
    """What the server has when one client is left, the witness."""
    alone = {"sessions": 1, "connections": 1, "writers": 0, "session objects": 1}
    await settles(served, {**alone, "connection objects": 1})
    return await load(served)


# At the same time --------------------------------------------------------------------------


@every_kind
async def test_concurrent_emits_never_mix_the_frames_of_one_message(serve, server):
    served = serve(server, APP, options=ORDERED)
    slow = await join(served, window=4096)
    async with crowd(served, 3) as clients, Polling(served) as polling:
        await polling.join()
        storm = asyncio.create_task(order(served, "storm", "now"))
        for client in (*clients, slow):
            await takes_the_storm(client.event)
        await takes_the_storm(polling.event)
        await storm
    await slow.close()


async def takes_the_storm(event: Callable[[], Awaitable[list[Any]]]) -> None:
    """Receive every message of the storm whole, and those of each emitter in order."""
    seen: defaultdict[int, list[int]] = defaultdict(list)
    for _ in range(20 * 10):
        name, emitter, number, first, second = await event()
        mark = bytes([emitter, number])
        assert name == "part"
        assert first == mark * (1, 100, 20_000, 70_000)[(emitter + number) % 4]
        assert second == mark * 3
        seen[emitter].append(number)
    assert seen == {emitter: list(range(10)) for emitter in range(20)}


@every_kind
async def test_handlers_of_one_client_run_in_order_under_load(serve, server):
    served = serve(server, APP, options=ORDERED)
    async with crowd(served, 10) as clients, Polling(served) as polling:
        await polling.join()
        holding = await join(served)
        held = asyncio.create_task(holding.ask("hold"))
        for client in clients:
            client.transport.write(b"".join(frame(1, b'42["step",%d]' % n) for n in range(200)))
        await polling.send(*(f'42["step",{number}]' for number in range(200)))
        for event in [*(client.event for client in clients), polling.event]:
            steps = [await event() for _ in range(200)]
            assert steps == [["stepped", number] for number in range(200)]
        for client in clients:
            assert await client.ask("most") == [1]
        assert not held.done()
        await clients[0].ask("release")
        assert await held == [True]
        await holding.close()


@every_kind
async def test_a_server_that_handles_no_signal_ends_at_once(serve, server):
    served = serve(server, APP, options=ORDERED)  # the last test that has this one
    async with crowd(served, 10) as clients, Polling(served) as polling:
        await polling.join()
        served.process.terminate()
        assert await asyncio.to_thread(served.wait_ended) in (0, -signal.SIGTERM)
        await asyncio.gather(*(client.lost for client in clients))
