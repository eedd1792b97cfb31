"""What servers and what stands before them do with HTTP: encodings, cookies, redirects."""

import aiohttp
import pytest
import requests

from sio_core.exceptions import ConnectionError
from tests.support.driven import Drive, Driven
from tests.support.hostile import Host
from tests.support.misbehaviour import Raw, Step
from tests.support.wire import answer

pytest_plugins = ["tests.support.client_fixtures"]

TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])
every_transport = pytest.mark.parametrize("transports", TRANSPORTS, ids="-".join)


async def works(client: Driven) -> None:
    """The connection carries events."""
    for number in range(10):
        await client.emit("echo", number, "x" * 500)
    assert await client.received("echoed", 10) == [(n, "x" * 500) for n in range(10)]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw", "chunked"])
async def test_encoded_answers(drive: Drive, host: Host, encoding: str) -> None:
    host.encoding = encoding
    client = drive()
    client.watch()
    await client.connect(host.url, transports=["polling"])
    await works(client)
    offered = host.requests[0].headers["accept-encoding"]
    assert "gzip" in offered
    assert "deflate" in offered


@every_transport
async def test_requests_say_what_they_should(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    client = drive()
    client.watch()
    headers = {"X-Tag": "it's me", "user-agent": "tests"}
    url = f"http://127.0.0.1:{host.port}?token=a%20b"
    await client.connect(url, headers=headers, transports=transports, socketio_path="/deep/path/")
    await works(client)
    for request in host.requests:
        assert request.target.startswith("/deep/path/?token=a%20b&")
        assert request.query["EIO"] == "4"
        assert request.headers["host"] == f"127.0.0.1:{host.port}"
        assert request.headers["x-tag"] == "it's me"
        assert request.headers["user-agent"] == "tests"
        if request.method == "POST":
            assert request.headers["content-type"].lower().startswith("text/plain")
    times = [request.query["t"] for request in host.requests]
    assert len(set(times)) == len(times)


async def test_connections_are_kept(drive: Drive, host: Host) -> None:
    client = drive()
    client.watch()
    await client.connect(host.url, transports=["polling"])
    for number in range(20):
        assert await client.call("ask", number) == number
    # One for the polls, one for the posts.
    assert len({id(wire) for wire, _ in host.asked}) == 2


@every_transport
async def test_cookies_are_kept(drive: Drive, host: Host, transports: list[str]) -> None:
    host.set_cookies = [
        "lb=backend-1; Path=/; HttpOnly",
        "elsewhere=1; Path=/other",
        "foreign=1; Domain=example.com",
        "tls=1; Secure",
    ]
    client = drive(reconnection_delay=0.01, reconnection_delay_max=0.01)
    client.watch()
    await client.connect(host.url, transports=transports, headers={"Cookie": "mine=1"})
    await works(client)
    host.set_cookies = ["lb=backend-2; Path=/"]
    first = len(host.requests)
    host.forget()
    await client.received("connect", 2)
    assert await client.call("ask", 1) == 1
    assert host.requests[0].cookies == {"mine": "1"}
    for request in host.requests[1:first]:
        assert request.cookies == {"mine": "1", "lb": "backend-1"}
    assert host.requests[-1].cookies == {
        "mine": "1",
        "lb": "backend-2" if transports != ["websocket"] else "backend-1",
    }


@pytest.mark.filterwarnings("ignore:.*(BasicAuth|'auth'):DeprecationWarning")
@pytest.mark.parametrize("kind", ["requests", "aiohttp"])
@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
async def test_a_session_is_honoured(
    drive: Drive, host: Host, kind: str, transports: list[str]
) -> None:
    if kind == "requests":
        session = requests.Session()
        session.headers["X-From"] = "the session"
        session.headers["X-Both"] = "the session"
        session.cookies.set("known", "since-before")
        session.auth = ("me", "secret")
        client = drive(http_session=session)
    else:
        asynchronous = aiohttp.ClientSession(
            headers={"X-From": "the session", "X-Both": "the session"},
            cookies={"known": "since-before"},
            auth=aiohttp.BasicAuth("me", "secret"),
        )
        client = drive(http_session=asynchronous)
    client.watch()
    await client.connect(host.url, headers={"x-both": "the call"}, transports=transports)
    await works(client)
    for request in host.requests:
        assert request.headers["x-from"] == "the session"
        assert request.headers["x-both"] == "the call"
        assert request.cookies == {"known": "since-before"}
        assert request.headers["authorization"] == "Basic bWU6c2VjcmV0"
    if kind == "aiohttp":
        await asynchronous.close()


@every_transport
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_of_the_handshake(
    drive: Drive, host: Host, transports: list[str], status: int
) -> None:
    async with Host() as other:
        elsewhere = answer(status, b"there", ("Location", f"{other.url}/moved/?ignored=1"))
        host.misbehave(Step.HANDSHAKE, Raw(elsewhere))
        client = drive(redirects_to_other_hosts=True)
        client.watch()
        await client.connect(f"{host.url}?mine=1", transports=transports, auth={"a": 1})
        await works(client)
        assert len(host.requests) == 1
        assert all(request.target.startswith("/moved/?") for request in other.requests)
        assert all(request.query["mine"] == "1" for request in other.requests)
        assert other.application.auth == [{"a": 1}]


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
async def test_redirects_do_not_carry_credentials_away(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    async with Host() as other:
        elsewhere = answer(302, b"", ("Location", f"{other.url}/socket.io/"))
        host.misbehave(Step.HANDSHAKE, Raw(elsewhere))
        client = drive(redirects_to_other_hosts=True)
        client.watch()
        url = f"http://user:secret@127.0.0.1:{host.port}"
        await client.connect(url, transports=transports)
        assert host.requests[0].headers["authorization"].startswith("Basic ")
        assert all("authorization" not in request.headers for request in other.requests)


@pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
async def test_redirects_that_lead_nowhere(drive: Drive, host: Host, transports: list[str]) -> None:
    client = drive()
    client.watch()
    for location in ("/socket.io/", "ftp://127.0.0.1/", "http://[", ""):
        host.script[Step.HANDSHAKE].clear()
        away = Raw(answer(302, b"", *([("Location", location)] if location else [])))
        host.misbehave(Step.HANDSHAKE, *[away] * 20)
        with pytest.raises(ConnectionError) as caught:
            await client.connect(host.url, transports=transports)
        assert str(caught.value)
    assert len(client.got("connect_error")) == 4
    assert len(host.requests) <= 6 + 3
