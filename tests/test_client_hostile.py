"""A host that misbehaves at every step: one reason, nothing lost or doubled, nothing left."""

import asyncio
import random
from typing import Any

import pytest

from sio_core.exceptions import BadNamespaceError, ConnectionError, DisconnectedError
from tests.support.census import Census, wait_until
from tests.support.driven import LIMIT, Drive, Driven
from tests.support.hostile import Host
from tests.support.misbehaviour import (
    Act,
    Cut,
    Finish,
    Garbage,
    Hang,
    Late,
    Raw,
    Refuse,
    Reset,
    Restart,
    Step,
    Wrong,
)

pytest_plugins = ["tests.support.client_fixtures"]

POLLING, WEBSOCKET, UPGRADE = ["polling"], ["websocket"], ["polling", "websocket"]
BROKEN = ("transport error", "transport close")
NEVER = 2 * LIMIT
"""A limit that the client has, and that no test waits for."""
SWIFT = {"reconnection_delay": 0.01, "reconnection_delay_max": 0.02, "randomization_factor": 0}
OLD_OPEN = '97:0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":5000}2:40'


def acts(**named: Act) -> Any:
    """Parameters by name."""
    return pytest.mark.parametrize("act", named.values(), ids=named.keys())


def by_transport(value: list[str]) -> str:
    return "-".join(value)


async def works(client: Driven) -> None:
    """The connection carries events, in order and once."""
    before = len(client.got("echoed"))
    for number in range(20):
        await client.emit("echo", number)
    echoed = await client.received("echoed", before + 20)
    assert echoed[before:] == [(number,) for number in range(20)]


# The handshake ---------------------------------------------------------------


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids=by_transport)
@acts(
    busy=Refuse(503, b"busy"),
    json=Refuse(400, b'{"code":5,"message":"Unsupported protocol version"}'),
    missing=Refuse(404, b""),
    reset=Reset(),
    finish=Finish(),
    garbage=Garbage(),
    cut=Cut(),
    text=Wrong("hello"),
    message=Wrong("4hello"),
    no_json=Wrong("0{"),
    no_sid=Wrong('0{"upgrades":[],"pingInterval":25000,"pingTimeout":5000}'),
    infinite=Wrong('0{"sid":"x","upgrades":[],"pingInterval":1e999,"pingTimeout":1}'),
    old=Wrong(OLD_OPEN),
    binary=Wrong(b"\xff\xfe\x00"),
    no_key=Raw(b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    hang=Hang(),
)
async def test_a_failed_handshake_is_a_connection_error(
    drive: Drive, host: Host, census: Census, transports: list[str], act: Act
) -> None:
    # Whatever the client is sent, it needs no limit in time to see that it is wrong.
    client = drive(request_timeout=0.2 if isinstance(act, Hang) else NEVER)
    client.watch()
    # One whose protocol is refused asks once more, in the older one.
    refuses_protocol = isinstance(act, Refuse) and b'"code":5' in act.body
    host.misbehave(Step.HANDSHAKE, *[act] * (2 if refuses_protocol else 1))
    with pytest.raises(ConnectionError) as caught:
        await client.connect(host.url, transports=transports)
    told = str(caught.value)
    assert told
    if isinstance(act, Refuse):
        assert str(act.status) in told
        assert "busy" not in act.body.decode() or "busy" in told
        assert "Unsupported" not in act.body.decode() or caught.value.data["code"] == 5
    elif isinstance(act, Reset | Finish | Garbage | Cut | Raw):
        assert isinstance(caught.value.__cause__, Exception)
        assert str(caught.value.__cause__)
    assert "secret" not in told
    assert len(client.got("connect_error")) == 1
    assert client.got("connect") == client.got("disconnect") == []
    assert not client.sio.connected
    await client.do("wait")
    await census.nothing_left(host.port)
    await client.connect(host.url, transports=transports)
    await works(client)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids=by_transport)
async def test_a_late_handshake_in_time_is_a_handshake(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    client = drive(request_timeout=NEVER)
    client.watch()
    host.misbehave(Step.HANDSHAKE, Late())
    connecting = asyncio.create_task(client.connect(host.url, transports=transports))
    await host.until(lambda: host.requests)
    host.release()
    await connecting
    await works(client)
    assert len(client.got("connect")) == 1


async def test_nobody_listens(drive: Drive, host: Host, census: Census) -> None:
    await host.stop()
    client = drive()
    client.watch()
    for transports in (POLLING, WEBSOCKET):
        with pytest.raises(ConnectionError) as caught:
            await client.connect(host.url, transports=transports)
        assert isinstance(caught.value.__cause__, OSError)
    assert len(client.got("connect_error")) == 2
    await census.nothing_left()


async def test_namespaces_that_are_never_answered(drive: Drive, host: Host, census: Census) -> None:
    client = drive()
    client.watch("/", "/chat")
    host.application.ignored.add("/chat")
    with pytest.raises(ConnectionError, match="/chat") as caught:
        await client.connect(host.url, wait_timeout=0.3)
    assert "/ " not in str(caught.value)
    assert not client.sio.connected
    await census.nothing_left(host.port)


async def test_retry_goes_on_until_the_host_behaves(drive: Drive, host: Host) -> None:
    client = drive(**SWIFT)
    client.watch()
    host.misbehave(Step.HANDSHAKE, Refuse(), Reset(), Garbage())
    await client.connect(host.url, retry=True)
    assert len(client.got("connect_error")) == 3
    assert len(client.got("connect")) == 1
    await works(client)


async def test_attempts_end_as_configured(drive: Drive, host: Host, census: Census) -> None:
    client = drive(reconnection_attempts=3, **SWIFT)
    client.watch()
    await client.connect(host.url)
    host.misbehave(Step.HANDSHAKE, *[Refuse()] * 3)
    host.forget()
    await client.do("wait")
    assert len(client.got("connect_error")) == 3
    assert len(client.got("disconnect")) == 1
    assert client.got("__disconnect_final") == [()]
    assert not host.script[Step.HANDSHAKE]
    await census.nothing_left(host.port)


# A connection that stands -----------------------------------------------------

POLL = acts(
    refuse=Refuse(500),
    restart=Restart(),
    reset=Reset(),
    finish=Finish(),
    garbage=Garbage(),
    cut=Cut(),
    unknown=Wrong("x"),
    empty=Wrong(""),
    no_text=Wrong(b"\xff\xfe"),
    no_socket_io=Wrong("4x"),
    no_base64=Wrong("b!"),
)
POST = acts(
    refuse=Refuse(413),
    restart=Restart(),
    reset=Reset(),
    reset_before=Reset(acted=False),
    finish=Finish(),
    finish_before=Finish(acted=False),
    garbage=Garbage(),
    cut=Cut(),
)


async def broken_once(client: Driven, host: Host, transports: list[str], census: Census) -> None:
    """The client tells of one end, connects again, works, and leaves nothing behind."""
    await client.received("connect", 2)
    (reason,) = client.got("disconnect")
    assert reason[0] in BROKEN
    await works(client)
    await client.disconnect()
    assert [args[0] for args in client.got("disconnect")] == [reason[0], "client disconnect"]
    assert len(client.got("connect")) == 2
    assert client.got("connect_error") == []
    assert client.got("__disconnect_final") == [()]
    await census.nothing_left(host.port)


@POLL
async def test_a_broken_poll_ends_the_connection_once(
    drive: Drive, host: Host, census: Census, act: Act
) -> None:
    client = drive(**SWIFT)
    client.watch()
    await client.connect(host.url, transports=POLLING)
    await works(client)
    host.misbehave(Step.POLL, act)
    await broken_once(client, host, POLLING, census)


@POST
async def test_a_broken_post_ends_the_connection_at_once(
    drive: Drive, host: Host, census: Census, act: Act
) -> None:
    client = drive(**SWIFT)
    client.watch()
    await client.connect(host.url, transports=POLLING)
    await works(client)
    host.misbehave(Step.POST, act)
    await client.emit("once")  # while the poll waits for what never comes
    await broken_once(client, host, POLLING, census)
    assert host.events.count(["once"]) <= 1


FRAME = acts(
    close=Refuse(),
    reset=Reset(),
    finish=Finish(),
    garbage=Garbage(),
    cut=Cut(),
    unknown=Wrong("x"),
    empty=Wrong(""),
    no_socket_io=Wrong("4x"),
    masked=Raw(b"\x81\x81\0\0\0\0002"),
    endless=Raw(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"),
)


@pytest.mark.parametrize("transports", [WEBSOCKET, UPGRADE], ids=by_transport)
@FRAME
async def test_a_broken_websocket_ends_the_connection_once(
    drive: Drive, host: Host, census: Census, transports: list[str], act: Act
) -> None:
    client = drive(**SWIFT)
    client.watch()
    await client.connect(host.url, transports=transports)
    await wait_until(lambda: client.sio.transport() == "websocket")
    await works(client)
    host.script[Step.HEARTBEAT].append(act)
    await host.until(lambda: host.session.wire)
    host.ping()
    await broken_once(client, host, transports, census)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET, UPGRADE], ids=by_transport)
async def test_without_reconnection_an_end_is_the_end(
    drive: Drive, host: Host, census: Census, transports: list[str]
) -> None:
    client = drive(reconnection=False)
    client.watch()
    await client.connect(host.url, transports=transports)
    await works(client)
    host.forget()
    await client.do("wait")
    assert len(client.got("disconnect")) == 1
    assert client.got("disconnect")[0][0] in BROKEN
    assert client.got("__disconnect_final") == [()]
    assert len(client.got("connect")) == 1
    await census.nothing_left(host.port)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET], ids=by_transport)
async def test_silence_is_noticed(drive: Drive, census: Census, transports: list[str]) -> None:
    async with Host(pingInterval=400, pingTimeout=600) as host:
        client = drive(reconnection=False)
        client.watch()
        await client.connect(host.url, transports=transports)
        await client.do("wait")
        assert client.got("disconnect") == [("ping timeout",)]
        await census.nothing_left(host.port)


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET, UPGRADE], ids=by_transport)
async def test_pings_are_answered(drive: Drive, host: Host, transports: list[str]) -> None:
    client = drive()
    await client.connect(host.url, transports=transports)
    for count in range(1, 6):
        host.ping()
        await host.until(lambda count=count: host.session.pongs >= count)
    assert host.session.pongs == 5


@pytest.mark.parametrize("step", [Step.POLL, Step.POST], ids=lambda step: step.name)
async def test_a_late_answer_loses_and_doubles_nothing(
    drive: Drive, host: Host, step: Step
) -> None:
    client = drive()
    client.watch()
    await client.connect(host.url, transports=POLLING)
    host.misbehave(step, Late())
    for number in range(20):
        await client.emit("echo", number)
    await host.until(lambda: not host.script[step])
    host.release()
    assert await client.received("echoed", 20) == [(number,) for number in range(20)]
    await works(client)
    assert len(host.events) == 40
    assert client.got("disconnect") == []


# The upgrade --------------------------------------------------------------------

OPENING = acts(
    refuse=Refuse(400, b"no"),
    reset=Reset(),
    finish=Finish(),
    garbage=Garbage(),
    cut=Cut(),
    no_key=Raw(b"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
    ok=Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    hang=Hang(),
)
PROBE = acts(
    close=Refuse(),
    reset=Reset(),
    finish=Finish(),
    garbage=Garbage(),
    cut=Cut(),
    wrong=Wrong("3"),
    message=Wrong('42["echoed","never"]'),
    binary=Wrong(b"3probe"),
    hang=Hang(),
)


async def stays_on_polling(drive: Drive, host: Host, census: Census, step: Step, act: Act) -> None:
    # What is wrong is seen without a limit in time; an answer that never comes needs one.
    client = drive(upgrade_timeout=0.2 if isinstance(act, Hang) else NEVER)
    client.watch()
    host.misbehave(step, act)
    await client.connect(host.url, transports=UPGRADE)
    await works(client)
    await host.until(lambda: not host.script[step])
    # The connection that was to be the new one is given up.
    candidates = [wire for wire, request in host.asked if request.websocket]
    assert len(candidates) == 1
    await host.until(lambda: candidates[0].writer.is_closing())
    await works(client)
    assert client.sio.transport() == "polling"
    assert client.got("disconnect") == []
    assert len(client.got("connect")) == 1
    await client.disconnect()
    assert client.got("disconnect") == [("client disconnect",)]
    await census.nothing_left(host.port)


@OPENING
async def test_a_websocket_that_is_not_opened_leaves_polling(
    drive: Drive, host: Host, census: Census, act: Act
) -> None:
    await stays_on_polling(drive, host, census, Step.OPENING, act)


@PROBE
async def test_a_bad_probe_leaves_polling(
    drive: Drive, host: Host, census: Census, act: Act
) -> None:
    await stays_on_polling(drive, host, census, Step.PROBE, act)


@pytest.mark.parametrize("step", [Step.OPENING, Step.PROBE], ids=lambda step: step.name)
async def test_a_late_upgrade_is_an_upgrade(drive: Drive, host: Host, step: Step) -> None:
    client = drive(upgrade_timeout=NEVER)
    client.watch()
    host.misbehave(step, Late())
    await client.connect(host.url, transports=UPGRADE)
    await works(client)
    assert client.sio.transport() == "polling"
    host.release()
    await works(client)
    await wait_until(lambda: client.sio.transport() == "websocket")
    await works(client)


@acts(close=Refuse(), reset=Reset(), finish=Finish(), garbage=Garbage(), wrong=Wrong("x"))
async def test_an_upgrade_that_breaks_ends_the_connection_once(
    drive: Drive, host: Host, census: Census, act: Act
) -> None:
    client = drive(**SWIFT)
    client.watch()
    host.misbehave(Step.UPGRADE, act)
    await client.connect(host.url, transports=UPGRADE)
    await broken_once(client, host, UPGRADE, census)


# Whatever breaks, whenever --------------------------------------------------------


@pytest.mark.parametrize("transports", [POLLING, WEBSOCKET, UPGRADE], ids=by_transport)
@pytest.mark.parametrize("seed", range(2))
async def test_what_was_acknowledged_is_there_once(
    drive: Drive, host: Host, census: Census, transports: list[str], seed: int
) -> None:
    choice = random.Random(f"{seed} {transports}").choice
    breaking = (Reset(), Reset(acted=False), Finish(), Finish(acted=False), Cut(), Garbage())
    http = (*breaking, Refuse(), Restart())
    for step, possible in ((Step.POLL, http), (Step.POST, http), (Step.FRAME, breaking)):
        for _ in range(8):
            host.script[step] += [*[None] * choice(range(3, 12)), choice(possible)]
    for step in (Step.HANDSHAKE, Step.OPENING, Step.PROBE, Step.UPGRADE):
        host.script[step] += [None, choice(breaking), None, choice(breaking)]
    client = drive(**SWIFT)
    client.watch(catch_all=False)
    handled: list[Any] = []
    client.on("take", lambda number: handled.append(number) or number)
    acknowledged = []
    await client.connect(host.url, transports=transports, retry=True)
    for number in range(120):
        try:
            assert await client.call("take", number) == number
            acknowledged.append(number)
            if host.sessions:
                host.emit("take", number, ack=number)
        except (DisconnectedError, BadNamespaceError):
            await client.until(lambda: client.sio.connected)
    numbers = [event[1] for event in host.events]
    assert len(numbers) == len(set(numbers)), "an event came twice"
    assert set(acknowledged) <= set(numbers), "an acknowledged event is lost"
    assert len(acknowledged) > 60
    assert len(handled) == len(set(handled)), "a handler was called twice for one event"
    assert {number for number, _ in host.answers} <= set(handled)
    starts, ends = len(client.got("connect")), len(client.got("disconnect"))
    assert starts - 1 <= ends <= starts
    await client.disconnect()
    assert len(client.got("disconnect")) == len(client.got("connect"))
    await census.nothing_left(host.port)
