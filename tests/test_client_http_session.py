"""Sessions of requests and aiohttp that clients are given: what of them counts, against servers."""

import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import requests
from requests.adapters import HTTPAdapter
from yarl import URL

from sio_core.exceptions import ConnectionError
from tests.support.driven import Drive, Driven
from tests.support.hostile import Host
from tests.support.servers import Served

pytest_plugins = ["tests.support.client_fixtures", "tests.support.serving"]

each_transport = pytest.mark.parametrize("transports", [["polling"], ["websocket"]], ids="-".join)
Session = requests.Session | aiohttp.ClientSession


@pytest.fixture(params=["requests", "aiohttp"])
async def session(request: pytest.FixtureRequest) -> AsyncIterator[Session]:
    """A session of either library; that of aiohttp keeps cookies of addresses, too."""
    if request.param == "requests":
        with requests.Session() as one:
            yield one
        return
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as other:
        yield other


def kept(session: Session, url: str) -> dict[str, str]:
    """The cookies that the session has for a URL."""
    if isinstance(session, requests.Session):
        return {cookie.name: cookie.value or "" for cookie in session.cookies}
    found = session.cookie_jar.filter_cookies(URL(url))
    return {name: morsel.value for name, morsel in found.items()}


def keep(session: Session, url: str, name: str, value: str) -> None:
    """Give the session a cookie for a URL."""
    if isinstance(session, requests.Session):
        session.cookies.set(name, value, domain="127.0.0.1", path="/")
    else:
        session.cookie_jar.update_cookies({name: value}, URL(url))


async def connected(drive: Drive, url: str, transports: list[str], **options: Any) -> Driven:
    client = drive(**options)
    client.watch()
    await client.connect(url, transports=transports)
    return client


@each_transport
async def test_cookies_go_both_ways(
    drive: Drive, host: Host, transports: list[str], session: Session
) -> None:
    keep(session, host.url, "mine", "1")
    host.set_cookies = ["lb=one; Path=/", "elsewhere=1; Path=/other"]
    client = await connected(
        drive,
        host.url,
        transports,
        http_session=session,
        reconnection_delay=0.01,
        reconnection_delay_max=0.01,
    )
    assert await client.call("ask", 1) == 1
    assert host.requests[0].cookies == {"mine": "1"}
    assert kept(session, host.url).items() >= {"mine": "1", "lb": "one"}.items()
    keep(session, host.url, "later", "2")
    count = len(host.requests)
    host.forget()
    await client.received("connect", 2)
    assert await client.call("ask", 2) == 2
    for request in host.requests[count + 1 :]:  # a poll may have been under way
        assert request.cookies == {"mine": "1", "lb": "one", "later": "2"}


@each_transport
async def test_functions_of_a_session_of_requests(
    drive: Drive, host: Host, transports: list[str]
) -> None:
    signed: list[str] = []
    seen: list[tuple[int, str | None, str]] = []

    def sign(request: Any) -> Any:
        signed.append(request.url)
        request.headers["Authorization"] = f"Bearer {len(signed)}"
        return request

    def look(response: Any, *_args: Any, **_kwargs: Any) -> None:
        seen.append((response.status_code, response.request.method, response.text))

    session = requests.Session()
    session.auth = sign
    session.params = {"tenant": "a b"}
    session.hooks["response"].append(look)
    client = await connected(drive, f"{host.url}?mine=1", transports, http_session=session)
    assert await client.call("ask", 1) == 1
    await client.disconnect()
    assert signed == [f"{host.url}/socket.io/?tenant=a+b"]
    for request in host.requests:
        assert request.target.startswith("/socket.io/?mine=1&tenant=a+b&EIO=4&")
        assert request.headers["authorization"] == "Bearer 1"
    if transports == ["polling"]:
        assert seen[0][:2] == (200, "GET")
        assert seen[0][2].startswith('0{"')
        assert (200, "POST", "ok") in seen
    else:
        assert seen == []


async def test_a_hook_that_raises_fails_the_request(drive: Drive, host: Host) -> None:
    class Unwanted(Exception):
        pass

    def look(response: Any, *_args: Any, **_kwargs: Any) -> None:
        raise Unwanted("this answer")

    session = requests.Session()
    session.hooks["response"].append(look)
    with pytest.raises(ConnectionError, match="this answer") as caught:
        await connected(drive, host.url, ["polling"], http_session=session)
    assert isinstance(caught.value.__cause__, Unwanted)


async def test_a_function_gives_a_session_for_each_attempt(drive: Drive, host: Host) -> None:
    made: list[requests.Session] = []

    def make() -> requests.Session:
        session = requests.Session()
        made.append(session)
        session.headers["X-Number"] = str(len(made))
        return session

    client = await connected(
        drive,
        host.url,
        ["websocket"],
        http_session=make,
        reconnection_delay=0.01,
        reconnection_delay_max=0.01,
    )
    host.forget()
    await client.received("connect", 2)
    assert [request.headers["x-number"] for request in host.requests] == ["1", "2"]


async def test_what_is_not_used_is_said_once(drive: Drive, host: Host) -> None:
    class Own(HTTPAdapter):
        def send(self, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError("the session is only read")

    session = requests.Session()
    session.mount("http://", Own(max_retries=3))
    client = drive(http_session=session)
    client.watch()
    told: list[str] = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            await client.connect(host.url)
        told += [str(one.message) for one in caught if "http_session" in str(one.message)]
        assert await client.call("ask", 1) == 1
        await client.disconnect()
    assert told == [
        "http_session: the adapter Own is not used: the client makes its requests itself",
        "http_session: max_retries of the adapter Own is not used: "
        "the client connects again as its reconnection options say",
    ]


async def test_a_session_of_aiohttp_with_traces(drive: Drive, host: Host) -> None:
    async with aiohttp.ClientSession(trace_configs=[aiohttp.TraceConfig()]) as session:
        with pytest.warns(UserWarning, match="http_session: trace_configs is not used: "):
            client = await connected(drive, host.url, ["polling"], http_session=session)
        assert await client.call("ask", 1) == 1


@each_transport
async def test_a_server_sees_what_the_session_says(
    drive: Drive, serve: Callable[..., Served], transports: list[str]
) -> None:
    session = requests.Session()
    session.params = {"tenant": "one"}
    session.auth = lambda request: request.headers.update({"X-Probe": request.url}) or request
    served = serve("uvicorn", "tests.apps.echo:app")
    client = await connected(drive, served.origin, transports, http_session=session)
    environ = await client.call("facts")
    assert environ["QUERY_STRING"].startswith("tenant=one&EIO=4&")
    assert environ["HTTP_X_PROBE"] == f"{served.origin}/socket.io/?tenant=one"
