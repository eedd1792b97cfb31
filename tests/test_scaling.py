"""What docs/scaling.md says of several servers: its proxies, and the workers of web servers."""

import asyncio
import http.client
import re
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sio_client import AsyncClient
from tests.support.brokers.broker import Broker
from tests.support.components import require
from tests.support.driven import Drive, driving, in_thread
from tests.support.fleet_clients import Fleet, hears, joined
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, Served

if TYPE_CHECKING:
    from tests.support.fleet import Member

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"
NGINX = """
user root;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{block}
}}
"""
BEGINNINGS = {"nginx": "upstream", "haproxy": "defaults"}
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 18)]


@pytest.fixture
async def drive() -> AsyncIterator[Drive]:
    async with driving(AsyncClient) as made:
        yield made


def documented(program: str, ports: Sequence[int], port: int) -> str:
    """The configuration of the page for two servers, with other ports."""
    block = rf"^```\w+\n({BEGINNINGS[program]}\b.*?)^```"
    found = re.search(block, PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    text = re.sub(r"(listen|bind) :?8000", rf"\1 127.0.0.1:{port}", found[1])
    for documented_port, real in zip((8001, 8002), ports, strict=True):
        assert f"127.0.0.1:{documented_port}" in text
        text = text.replace(f"127.0.0.1:{documented_port}", f"127.0.0.1:{real}")
    return text


@contextmanager
def running(program: str, members: "Sequence[Member]", folder: Path) -> Iterator[Served]:
    """Run nginx or HAProxy with its documented configuration in front of `members`."""
    path, port = require(program), free_port()
    text = documented(program, [member.served.port for member in members], port)
    config, output = folder / f"{program}.conf", folder / f"{program}.log"
    if program == "nginx":
        config.write_text(NGINX.format(folder=folder, block=text))
        command = [path, "-e", "stderr", "-p", str(folder), "-c", str(config), "-g", "daemon off;"]
    else:
        config.write_text(text)
        command = [path, "-db", "-f", str(config)]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    try:
        yield served
    finally:
        served.kill()
        print(served.log())


class Poller:
    """A polling client at one address, which connects anew for every request."""

    def __init__(self, port: int, address: str) -> None:
        self._port, self._address = port, address
        self._cookies: list[str] = []
        self._query = "/socket.io/?EIO=4&transport=polling"

    def request(self, method: str, body: bytes | None = None) -> str:
        """Make a request that is answered by 200. Returns the body of the answer."""
        source = (self._address, 0)
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE, source_address=source
        )
        headers = {"Cookie": "; ".join(self._cookies)} if self._cookies else {}
        try:
            connection.request(method, self._query, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        assert answer.status == 200, (answer.status, text)
        self._cookies += [
            cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])
        ]
        return text

    def server(self) -> str:
        """Connect, and return the name of the server that has this client."""
        sid = re.search(r'"sid":"([^"]+)"', self.request("GET"))
        assert sid is not None
        self._query += f"&sid={sid[1]}"
        self.request("POST", b"40")
        text = ""
        while '40{"sid":"' not in text:
            text = self.request("GET")
        return text.partition('40{"sid":"')[2].partition(".")[0]


async def until_open(served: Served) -> None:
    """Wait until a proxy has found its servers."""
    async with asyncio.timeout(PATIENCE):
        while served.alive():
            try:
                await in_thread(lambda: Poller(served.port, "127.0.0.1").request("GET"))
            except (OSError, AssertionError):
                await asyncio.sleep(0.05)
            else:
                return
    pytest.fail(f"the proxy did not start:\n{served.log()}")


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
@pytest.mark.parametrize("program", ["nginx", "haproxy"])
async def test_a_proxy_keeps_each_client_with_one_server(
    program: str, broker: Broker, fleet: Fleet, drive: Drive, tmp_path: Path
) -> None:
    require(program)
    channel = broker.new_channel()
    members = [fleet("ours-asgi", broker, channel) for _ in range(2)]
    with running(program, members, tmp_path) as proxy:
        await until_open(proxy)
        pollers = [Poller(proxy.port, address) for address in ADDRESSES]
        servers = {await in_thread(poller.server) for poller in pollers}
        assert len(servers) == 2

        for transports in (["polling"], ["websocket"], ["polling", "websocket"]):
            client = drive()
            client.watch()
            await client.connect(proxy.origin, transports=transports)
            await client.received("welcome")
            for member in members:
                await hears(client, member, f"of {member.url}")
            assert await client.call("ask", "question", b"bytes") == ("question", b"bytes")
            async with asyncio.timeout(PATIENCE):
                while client.sio.transport() != transports[-1]:
                    await asyncio.sleep(0.01)


WORKERS: dict[str, Sequence[str]] = {
    "ours-asgi": ("--workers", "2"),
    "ours-gunicorn": ("--workers", "2", "--preload"),
    "ours-gunicorn-asgi": ("--workers", "2", "--preload"),
}


@pytest.mark.parametrize("broker", ["redis-unix"], indirect=True)
@pytest.mark.parametrize("make", WORKERS)
async def test_workers_are_one_server_for_websockets(
    make: str, broker: Broker, fleet: Fleet, drive: Drive
) -> None:
    member = fleet(make, broker, broker.new_channel(), arguments=WORKERS[make])
    clients = [await joined(drive, member, "room")]
    first = clients[0].sio.sid.partition(".")[0]
    while clients[-1].sio.sid.startswith(first):
        assert len(clients) < 60
        clients.append(await joined(drive, member, "room"))
    for client in clients:
        await hears(client, member)
    await member.do("emit", "news", {"n": 1}, to="room")
    for client in clients:
        assert await client.received("news") == [({"n": 1},)]
