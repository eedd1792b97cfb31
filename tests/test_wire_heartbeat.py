"""The heartbeat from outside: the server pings, and ends who does not answer.

When exactly is the business of the core's own tests, which have a clock of their own. Here every
condition is waited for, generously.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.raw import Client, Closed, Polling, Socket, left, order
from tests.support.servers import Served

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
QUICK = {"ping_interval": 0.3, "ping_timeout": 0.2, "max_http_buffer_size": 1_000_000}
# Pings come at once, and there is time to answer them: nobody is ended for a busy machine.
PATIENT = {"ping_interval": 0.05, "ping_timeout": 25}
TRANSPORTS = pytest.mark.parametrize("transport", [Polling, Socket])


@pytest.fixture
def quick(serve_driver: Callable[..., Served]) -> Served:
    return serve_driver(ECHO, options=QUICK)


@pytest.fixture
async def patient(serve_driver: Callable[..., Served]) -> AsyncIterator[Served]:
    served = serve_driver(ECHO, options=PATIENT)
    yield served
    await order(served, "patience", PATIENT["ping_timeout"])


async def fall_silent(client: Client) -> None:
    """From now on the server waits only a moment for a pong, and gets one more at most.

    That one is for a ping of the time before.
    """
    await order(client.served, "patience", 0.2)
    client.pongs = 1


@TRANSPORTS
async def test_the_handshake_tells_the_times_in_milliseconds(quick, transport):
    async with transport(quick) as client:
        assert client.opened["pingInterval"] == 300
        assert client.opened["pingTimeout"] == 200
        assert client.opened["maxPayload"] == 1_000_000


@TRANSPORTS
async def test_a_client_that_does_nothing_is_ended(quick, transport: type[Client]):
    async with transport(quick) as client:
        client.pongs = 0
        await client.ended()
        assert client.pings <= 1


@TRANSPORTS
async def test_a_client_that_falls_silent_is_ended(patient, transport: type[Client]):
    async with transport(patient) as client:
        sid = await client.join()
        await fall_silent(client)
        await client.ended()
        facts = await left(patient, sid)
        assert (facts["reason"], facts["times"]) == ("ping timeout", 1)


async def test_a_client_that_never_polls_again_is_ended(patient):
    async with Polling(patient) as client:
        sid = await client.join()
        await fall_silent(client)
        # For a ping of the time before, whether it was taken by then or not: a pong for one that
        # was not counts for nothing. From then on this client neither asks nor answers.
        for method, body in (("POST", "3"), ("GET", None), ("POST", "3")):
            await client.request(method, body)
        assert (await left(patient, sid))["reason"] == "ping timeout"
        assert (await client.request()).json()["code"] == 1


@TRANSPORTS
async def test_packets_are_no_substitute_for_the_pong(patient, transport: type[Client]):
    """As with the reference server, only the answer to the ping counts, in the end."""
    async with transport(patient) as client:
        sid = await client.join()
        await fall_silent(client)
        reader = asyncio.create_task(client.ended())
        with contextlib.suppress(Closed):
            while not reader.done():
                await client.send('42["ask",1]')
                # Not so many that the server does not read: then it cannot miss a pong.
                await asyncio.sleep(0.01)
        await reader
        assert (await left(patient, sid))["reason"] == "ping timeout"


@TRANSPORTS
async def test_a_client_that_answers_stays(patient, transport: type[Client]):
    async with transport(patient) as client:
        await client.join()
        while client.pings < 5:
            assert await client.ask("ask", client.pings) is not None
        assert await client.ask("ask", 1) == [1]


async def test_the_pings_go_on_after_an_upgrade(patient):
    async with Polling(patient) as client:
        await client.join()
        # A ping may come over polling meanwhile, so the poll may bring it instead of the noop.
        socket = Socket(patient, sid=client.sid)
        await socket.open()
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.send("5")
        socket.opened = client.opened
        while socket.pings < 3:
            await socket.send("3")  # for a ping that polling may have brought
            assert await socket.ask("ask", 1) == [1]
        await socket.aclose()


async def test_a_client_that_falls_silent_after_an_upgrade_is_ended_too(patient):
    async with Polling(patient) as client:
        sid = await client.join()
        socket = Socket(patient, sid=client.sid)
        await socket.open()
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.send("5", "3")
        assert await socket.ask("ask", 1) == [1]
        await fall_silent(socket)
        await socket.send("3")
        await socket.ended()
        assert (await left(patient, sid))["reason"] == "ping timeout"


@TRANSPORTS
async def test_a_pong_that_nobody_asked_for_counts_not(serve_driver, transport: type[Client]):
    served = serve_driver(ECHO)
    async with transport(served) as client:
        await client.join()
        await client.send("3", "3", "3probe")
        assert await client.ask("ask", 1) == [1]


@TRANSPORTS
@pytest.mark.parametrize("ping", ["2", "2probe"])
async def test_a_ping_by_the_client_ends_the_session(serve_driver, transport: type[Client], ping):
    served = serve_driver(ECHO)
    async with transport(served) as client:
        sid = await client.join()
        await client.ends_with(ping)
        facts = await left(served, sid)
        assert facts["reason"] == "transport error"
        assert facts["detail"] == "invalid heartbeat direction"


async def test_a_grace_period_is_told_and_not_lived(serve_driver):
    served = serve_driver(ECHO, options={"ping_interval": [0.1, 30], "ping_timeout": 20})
    async with Socket(served) as client:
        assert client.opened["pingInterval"] == 30_100
        await client.join()
        while not client.pings:
            await client.ask("ask", 1)


@TRANSPORTS
async def test_a_client_without_a_namespace_is_ended(serve_driver, transport: type[Client]):
    served = serve_driver(ECHO, options={"connect_timeout": 0.2})
    async with transport(served) as client:
        await client.ended()
