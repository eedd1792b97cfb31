"""`disconnect` in every state: soon, in order where the host behaves, and with nothing left.

What waits for a host that answers has minutes to do so (`NEVER`), and is given ten seconds: it must
not end by running out of time. Hosts that hang are waited for only briefly.
"""

import asyncio
import contextlib

import pytest

from sio_core.exceptions import ConnectionError, DisconnectedError, SocketIOError
from tests.support.census import Census, wait_until
from tests.support.driven import HANG_GUARD, LIMIT, Drive
from tests.support.hostile import Host
from tests.support.misbehaviour import Act, Deaf, Hang, Reset, Step

pytest_plugins = ["tests.support.client_fixtures"]

POLLING, WEBSOCKET, UPGRADE = ["polling"], ["websocket"], ["polling", "websocket"]
NEVER = 2 * LIMIT
BRIEFLY = 0.2
LATER = {"reconnection_delay": NEVER, "reconnection_delay_max": NEVER, "randomization_factor": 0}
every_transport = pytest.mark.parametrize("transports", [POLLING, WEBSOCKET, UPGRADE], ids="-".join)


@every_transport
async def test_a_host_that_listens_is_told_everything(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive()
    client.set_close_timeout(NEVER)
    client.watch("/", "/chat")
    await client.connect(host.url, transports=transports)
    sid = host.session.sid
    for number in range(30):
        await client.emit("last words", number)
    await client.disconnect()
    await client.disconnect()
    assert host.events == [["last words", number] for number in range(30)]
    await host.until(lambda: host.left == [sid])
    for namespace in ("/", "/chat"):
        assert client.got("disconnect", namespace) == [("client disconnect",)]
    await census.nothing_left(host.port)


@pytest.mark.parametrize(
    ("step", "act"),
    [
        (Step.POLL, Hang()),
        (Step.POST, Hang()),
        (Step.POST, Deaf()),
        (Step.OPENING, Hang()),
        (Step.OPENING, Deaf()),
        (Step.PROBE, Hang()),
        (Step.UPGRADE, Hang()),
        (Step.UPGRADE, Deaf()),
        (Step.FRAME, Hang()),
    ],
    ids=lambda value: getattr(value, "name", type(value).__name__),
)
async def test_a_host_that_hangs_is_left(
    drive: Drive, host: Host, census: Census, step: Step, act: Act
) -> None:
    client = drive(upgrade_timeout=NEVER)
    client.set_close_timeout(BRIEFLY)
    client.watch()
    transports = {Step.FRAME: WEBSOCKET, Step.POLL: POLLING, Step.POST: POLLING}
    if step not in transports:
        host.misbehave(step, act)
    await client.connect(host.url, transports=transports.get(step, UPGRADE))
    if step in transports:
        host.misbehave(step, act)
        await client.emit("into the void")
    await host.until(lambda: not host.script[step])
    await client.disconnect()
    assert client.got("disconnect") == [("client disconnect",)]
    await client.do("wait")
    await census.nothing_left(host.port)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids="-".join)
async def test_a_host_that_reads_nothing_is_left(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive()
    client.set_close_timeout(BRIEFLY)
    client.watch()
    host.offer["maxPayload"] = 100_000_000
    await client.connect(host.url, transports=transports)
    host.misbehave(Step.POST, Deaf())
    host.misbehave(Step.FRAME, Deaf())
    await client.emit("the last that is read")
    await host.until(lambda: not host.script[Step.POST] or not host.script[Step.FRAME])
    piled = [asyncio.create_task(client.emit("unread", "x" * 3_000_000)) for _ in range(8)]
    for _ in range(10):
        await asyncio.sleep(0)
    await client.disconnect()
    done, pending = await asyncio.wait(piled, timeout=HANG_GUARD)
    assert not pending
    assert all(isinstance(t.exception(), SocketIOError | None) for t in done)
    assert client.got("disconnect") == [("client disconnect",)]
    await census.nothing_left(host.port)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids="-".join)
async def test_an_attempt_is_given_up(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive(request_timeout=NEVER)
    client.watch()
    host.misbehave(Step.HANDSHAKE, Hang())
    connecting = asyncio.create_task(client.connect(host.url, transports=transports))
    await host.until(lambda: host.requests)
    await client.disconnect()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(connecting, HANG_GUARD)
    assert client.got("connect") == client.got("disconnect") == []
    await census.nothing_left(host.port)


@every_transport
async def test_an_attempt_to_connect_again_is_given_up(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive(request_timeout=NEVER, reconnection_delay=0, reconnection_delay_max=0)
    client.watch()
    await client.connect(host.url, transports=transports)
    asked = len(host.requests)
    host.misbehave(Step.HANDSHAKE, Hang())
    host.forget()
    await host.until(lambda: not host.script[Step.HANDSHAKE])
    await client.disconnect()
    await client.do("wait")
    assert len(host.requests) > asked
    assert len(client.got("disconnect")) == 1
    assert client.got("__disconnect_final") == [()]
    await census.nothing_left(host.port)


@every_transport
async def test_a_delay_is_not_waited_for(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive(**LATER)
    client.watch()
    await client.connect(host.url, transports=transports)
    host.forget()
    await client.received("disconnect")
    waiting = asyncio.create_task(client.do("wait"))
    await client.do("shutdown")
    await asyncio.wait_for(waiting, HANG_GUARD)
    assert client.got("__disconnect_final") == [()]
    await census.nothing_left(host.port)


async def test_the_first_of_several_attempts_is_not_waited_for(
    drive: Drive, host: Host, census: Census
) -> None:
    client = drive(**LATER)
    client.watch()
    await host.stop()
    connecting = asyncio.create_task(client.connect(host.url, retry=True))
    await client.received("connect_error")
    await client.disconnect()
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(connecting, HANG_GUARD)
    await census.nothing_left()


@every_transport
async def test_a_host_that_is_gone(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive(**LATER)
    client.watch()
    await client.connect(host.url, transports=transports)
    await host.stop()
    await client.disconnect()
    assert len(client.got("disconnect")) == 1
    await census.nothing_left()


@every_transport
async def test_calls_end_with_the_connection(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    client = drive(**LATER)
    client.watch()
    await client.connect(host.url, transports=transports)
    answers = []
    calls = [asyncio.create_task(client.call("mute", number, timeout=NEVER)) for number in range(5)]
    await client.emit("mute", 9, callback=lambda *args: answers.append(args))
    await host.until(lambda: len(host.events) == 6)
    host.forget()
    for call in calls:
        with pytest.raises(DisconnectedError):
            await call
    assert answers == []


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids="-".join)
async def test_an_answer_that_is_late_is_a_timeout(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    client = drive()
    await client.connect(host.url, transports=transports)
    with pytest.raises(TimeoutError):
        await client.call("mute", timeout=0.05)
    assert await client.call("ask", 1) == 1


async def test_disconnect_from_a_handler(drive: Drive, host: Host, census: Census) -> None:
    client = drive()
    client.set_close_timeout(NEVER)
    client.watch()
    if client.blocking:

        def leave() -> None:
            client.sio.disconnect()
            client.note("/", "returned")

        client.on("please go", leave)
    else:

        async def go() -> None:
            await client.sio.disconnect()
            client.note("/", "returned")

        client.on("please go", go)
    await client.connect(host.url)
    await wait_until(lambda: client.sio.transport() == "websocket")
    host.emit("please go")
    await client.received("returned")
    await client.do("wait")
    assert client.got("disconnect") == [("client disconnect",)]
    await census.nothing_left(host.port)


async def test_many_connections_leave_nothing(drive: Drive, host: Host, census: Census) -> None:
    client = drive()
    for number in range(12):
        host.misbehave(Step.POST, *[None] * 3, Reset())
        await client.connect(host.url, transports=[POLLING, WEBSOCKET, UPGRADE][number % 3])
        with contextlib.suppress(DisconnectedError):
            await client.call("ask", number)
        await client.disconnect()
        host.script.clear()
    await census.nothing_left(host.port)
