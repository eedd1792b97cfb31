"""Engine.IO 3 and Socket.IO 4 over running servers: the bytes that older clients send and get."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.support.peers import OLDER, Peers
from tests.support.raw import LIMIT, http_client, open_websocket
from tests.support.servers import BOTH_COLOURS, Served, few_elsewhere

pytest_plugins = ["tests.support.serving", "tests.support.client_fixtures"]

ECHO = "tests.apps.echo:app"
OPTIONS = {"allow_eio3": True, "jsonp": True, "namespaces": "*"}
PATH = "/socket.io/"
OCTETS = "application/octet-stream"
BYTES = '["echo",{"_placeholder":true,"num":0}]'
ECHOED = '["echoed",{"_placeholder":true,"num":0}]'


@pytest.fixture
def served(serve_wire: Callable[..., Served]) -> Served:
    return serve_wire(ECHO, options=OPTIONS)


class Poller:
    """A session on polling; `query` is that of its requests."""

    def __init__(self, http: httpx.AsyncClient, eio: str = "3", extra: str = "") -> None:
        self.http = http
        self.query = f"EIO={eio}&transport=polling"
        self.extra = extra
        self.opened: dict[str, Any] = {}

    @property
    def sid(self) -> str:
        sid: str = self.opened["sid"]
        return sid

    async def get(self) -> httpx.Response:
        return await self.http.get(f"{PATH}?{self.query}")

    async def post(self, body: bytes | str, kind: str = "text/plain") -> httpx.Response:
        headers = {"content-type": kind}
        return await self.http.post(f"{PATH}?{self.query}", content=body, headers=headers)

    async def open(self) -> "Poller":
        response = await self.http.get(f"{PATH}?{self.query}{self.extra}")
        assert response.status_code == 200, response.text
        length, _, packet = response.text.partition(":")
        assert int(length) == len(packet)
        self.opened = json.loads(packet.removeprefix("0"))
        self.query += f"&sid={self.sid}"
        return self

    async def join(self) -> "Poller":
        """Be connected to the main namespace, which nobody asks for."""
        await self.open()
        assert (await self.get()).text == "2:40"
        return self

    async def over(self) -> None:
        """Wait until the session is over."""
        async with asyncio.timeout(LIMIT):
            while (await self.get()).status_code != 400:
                pass


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(served) as client:
        yield client


async def receive(ws: ClientConnection) -> str | bytes:
    async with asyncio.timeout(LIMIT):
        return await ws.recv()


async def closed(ws: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await receive(ws)


# The handshake -----------------------------------------------------------------------------


@few_elsewhere("eio", ["EIO=3&", "EIO=abc&", "EIO=5&", ""], ["EIO=3&"])
async def test_every_revision_but_4_is_the_older_one(http, eio):
    response = await http.get(f"{PATH}?{eio}transport=polling")
    assert response.headers["content-type"] == "text/plain; charset=UTF-8"
    opened = json.loads(response.text.partition(":0")[2])
    assert set(opened) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
    assert opened["upgrades"] == ["websocket"]


async def test_a_later_request_has_the_revision_of_its_session(http):
    older = await Poller(http).open()
    mixed = older.query.replace("EIO=3", "EIO=4")
    assert (await http.get(f"{PATH}?{mixed}")).json()["code"] == 3
    today = await http.get(f"{PATH}?EIO=4&transport=polling")
    sid = json.loads(today.text[1:])["sid"]
    for eio in ("EIO=3&", ""):
        response = await http.get(f"{PATH}?{eio}transport=polling&sid={sid}")
        assert response.json()["code"] == 3


# Polling -----------------------------------------------------------------------------------


async def test_a_length_counts_units_of_utf_16(http):
    client = await Poller(http, extra="&b64=1").join()
    event = '42["echo","€😀"]'
    assert (await client.post(f"{len(event) + 1}:{event}")).text == "ok"
    answer = r'42["echoed","\u20ac\ud83d\ude00"]'  # what clients of Socket.IO 1 read, too
    assert (await client.get()).text == f"{len(answer)}:{answer}"


async def test_bytes_are_base64_for_a_client_that_takes_text_alone(http):
    client = await Poller(http, extra="&b64=1").join()
    await client.post(f"{len(BYTES) + 4}:451-{BYTES}10:b4AQIDBA==")
    response = await client.get()
    assert response.headers["content-type"] == "text/plain; charset=UTF-8"
    assert response.text == f"{len(ECHOED) + 4}:451-{ECHOED}10:b4AQIDBA=="


async def test_a_binary_payload_has_its_own_form_both_ways(http):
    client = await Poller(http).join()

    def payload(text: str) -> bytes:
        digits = bytes(int(digit) for digit in str(len(text)))
        return b"\x00" + digits + b"\xff" + text.encode() + b"\x01\x05\xff\x04\x01\x02\x03\x04"

    assert (await client.post(payload(f"451-{BYTES}"), OCTETS)).text == "ok"
    response = await client.get()
    assert response.headers["content-type"] == OCTETS
    assert response.content == payload(f"451-{ECHOED}")
    assert (await client.post('15:42["echo",true]')).text == "ok"
    response = await client.get()
    assert response.headers["content-type"] == "text/plain; charset=UTF-8"
    assert response.text == '17:42["echoed",true]'


async def test_the_client_pings(http):
    client = await Poller(http).join()
    for _ in range(3):
        assert (await client.post("1:2")).text == "ok"
        assert (await client.get()).text == "1:3"
    assert (await client.post("6:2hello")).text == "ok"
    assert (await client.get()).text == "1:3"
    assert (await client.post("1:3")).status_code == 400  # a pong comes from the server alone
    await client.over()


@few_elsewhere(
    "body",
    [
        *(b"", b"x:4", b"3:4a", b"1:4a", b"2:4a9", b"9" * 400, "2:4😀".encode(), b"2:\xff4"),
        *(b"5:b4A*A", b"\x00\x09\xff4", b"\x01" + b"\x09" * 400, b"\x01\x01\xff\x07"),
    ],
    [b"x:4", b"\x00\x09\xff4"],
)
async def test_a_payload_that_is_none_ends_this_session_alone(http, body):
    other = await Poller(http).join()
    client = await Poller(http).join()
    assert (await client.post(body)).status_code == 400
    assert (await client.get()).status_code == 400
    assert (await other.post("0:")).text == "ok"
    assert (await other.post("1:2")).text == "ok"
    assert (await other.get()).text == "1:3"


async def test_the_end_of_a_session(http):
    client = await Poller(http).join()
    poll = asyncio.ensure_future(client.get())
    assert (await client.post("1:1")).text == "ok"
    response = await poll  # which may have come too late for the end
    assert response.status_code == 400 or response.text == "1:6"
    client = await Poller(http).join()
    polls = [asyncio.ensure_future(client.get()) for _ in range(2)]
    answers = {(answer.status_code, answer.text[:3]) for answer in await asyncio.gather(*polls)}
    assert answers == {(200, "1:1"), (400, '{"c')}


async def test_jsonp(http):
    client = Poller(http)
    client.query += "&j=2"

    def packets(response: httpx.Response) -> str:
        assert response.headers["content-type"] == "text/javascript; charset=UTF-8"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.content.isascii()
        text = response.text
        assert text.startswith("___eio[2](")
        payload: str = json.loads(text.removeprefix("___eio[2](").removesuffix(");"))
        return payload

    opened = json.loads(packets(await client.get()).partition(":0")[2])
    client.query += f"&sid={opened['sid']}"
    assert packets(await client.get()) == "2:40"
    event = '42["echo","\u2028€"]'
    response = await http.post(f"{PATH}?{client.query}", data={"d": f"{len(event)}:{event}"})
    assert response.text == "ok"
    answer = r'42["echoed","\u2028\u20ac"]'
    assert packets(await client.get()) == f"{len(answer)}:{answer}"
    elsewhere = await http.get(f"{PATH}?{client.query}", headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.json()["code"] == 3


# WebSocket ---------------------------------------------------------------------------------


async def test_the_type_stands_in_front_of_bytes(served):
    async with open_websocket(served, "EIO=3&transport=websocket") as ws:
        assert str(await receive(ws)).startswith('0{"sid":"')
        assert await receive(ws) == "40"
        await ws.send(f"451-{BYTES}")
        await ws.send(b"\x04\x01\x02")
        assert await receive(ws) == f"451-{ECHOED}"
        assert await receive(ws) == b"\x04\x01\x02"
        for ping in ("2", "2hello", b"\x02"):
            await ws.send(ping)
            assert await receive(ws) == "3"
        await ws.send(b"\x07")
        await closed(ws)


async def answer_is_alone(served: Served) -> bool:
    """Open a WebSocket, look a little later, and return whether its first packet is not there."""
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", served.port), LIMIT) as sock:
        sock.setblocking(False)
        head = (
            f"GET {PATH}?EIO=3&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await loop.sock_sendall(sock, head.encode())
        await asyncio.sleep(0.01)
        received = b""
        async with asyncio.timeout(LIMIT):
            while b"\r\n\r\n" not in received:
                received += await loop.sock_recv(sock, 65_536)
            alone = received.endswith(b"\r\n\r\n")
            while b'0{"sid":"' not in received:
                more = await loop.sock_recv(sock, 65_536)
                assert more, "the server hung up"
                received += more
    return alone


async def test_the_open_packet_is_not_read_with_the_answer(serve_driver):
    served = serve_driver(ECHO, options=OPTIONS)
    for _ in range(10):  # on a busy machine a client looks late, and finds both
        if await answer_is_alone(served):
            return
    pytest.fail("the open packet came with the answer each time")


async def test_bytes_are_base64_where_that_is_asked_for(served):
    async with open_websocket(served, "EIO=3&transport=websocket&b64=1") as ws:
        await receive(ws)
        assert await receive(ws) == "40"
        await ws.send(f"451-{BYTES}")
        await ws.send("b4AQI=")
        assert await receive(ws) == f"451-{ECHOED}"
        assert await receive(ws) == "b4AQI="
        await ws.send("b4A")
        await closed(ws)


async def test_the_upgrade(served, http):
    client = await Poller(http).join()
    poll = asyncio.ensure_future(client.get())
    query = f"EIO=3&transport=websocket&sid={client.sid}"
    async with open_websocket(served, query) as ws:
        await ws.send("2probe")
        assert await receive(ws) == "3probe"
        assert (await poll).text == "1:6"
        await ws.send("5")
        await ws.send('421["ask",1]')
        assert await receive(ws) == "431[1]"
        assert (await client.get()).json()["code"] == 3
        async with open_websocket(served, query) as second:
            await closed(second)
        await ws.send("2")
        assert await receive(ws) == "3"


# Socket.IO ---------------------------------------------------------------------------------


async def test_namespaces(served):
    async with open_websocket(served, "EIO=3&transport=websocket") as ws:
        await receive(ws)
        assert await receive(ws) == "40"
        await ws.send("40/custom?token=1&a=b%20c,")
        assert await receive(ws) == "40/custom,"
        await ws.send('42/custom,7["ask","x"]')
        assert await receive(ws) == '43/custom,7["x"]'
        await ws.send('42/custom?token=1,8["ask","y"]')
        assert await receive(ws) == '43/custom,8["y"]'
        await ws.send("41/custom")
        await ws.send('429["ask","z"]')
        assert await receive(ws) == '439["z"]'
        await ws.send("40")  # once is enough, and was not asked for either
        await closed(ws)


async def answer(ws: ClientConnection, *packets: str) -> str | bytes:
    """Send packets, each when the one before is answered, and return the last answer.

    That is not an event: a server may greet with some. One of Socket.IO 2 gives who comes back to
    `/` nothing else.
    """
    received: str | bytes = ""
    for packet in packets:
        await ws.send(packet)
        while (received := await receive(ws))[:2] == "42" and packet != "40":
            pass
    return received


async def leave_the_root(served: Served, other: str) -> list[str | bytes]:
    """Leave `/` in each of the ways, and return what the namespace `other` has to say to that."""
    query, ask = "EIO=3&transport=websocket", f'42/{other},1["ask","x"]'
    async with open_websocket(served, query) as ws:
        await receive(ws)
        assert await receive(ws) == "40"
        said = [await answer(ws, f"40/{other}", ask)]
        await ws.send("41")
        said += [await answer(ws, ask), await answer(ws, ask)]
        said += [await answer(ws, "40", '422["ask","back"]'), await answer(ws, ask)]
        said += [await answer(ws, '42["leave"]'), await answer(ws, ask)]
        await ws.send("2")
        while (pong := await receive(ws)) != "3":
            said.append(pong)
    return said


@pytest.mark.parametrize("server", BOTH_COLOURS)
@pytest.mark.parametrize("reference", OLDER)
async def test_to_leave_the_root_leaves_others_as_on_servers_of_that_age(
    serve: Callable[..., Served], peers: Peers, server: str, reference: str
) -> None:
    ours = await leave_the_root(serve(server, ECHO, options=OPTIONS), "custom")
    theirs = await leave_the_root(peers.get(reference), "chat")
    there = '43/custom,1["x"]'
    assert ours == [there] * 3 + ['432["back"]', there, "41", there]
    assert ours == [str(packet).replace("/chat", "/custom") for packet in theirs]


async def test_an_unknown_namespace_is_refused_with_an_object(serve_wire):
    served = serve_wire(ECHO, options={"allow_eio3": True})
    async with open_websocket(served, "EIO=3&transport=websocket") as ws:
        await receive(ws)
        assert await receive(ws) == "40"
        await ws.send("40/unknown?a=b")
        assert await receive(ws) == '44/unknown,{"message":"Invalid namespace"}'
        await ws.send('421["ask",1]')
        assert await receive(ws) == "431[1]"
