"""Servers that write JSON with msgspec and with the standard library answer with the same bytes."""

import subprocess
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.raw import Closed, Socket
from tests.support.servers import Served

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
TEXTS = [
    '"é€😀\\u2028\\u0000\\"\\\\\\/"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    "18446744073709551616,-9223372036854775809," + "9" * 100,
    "1e16,1e-5,0.0001,-0.0,-0,5e-324,123456789.123456789,1E5",
    ' { "b" : 1 , "a" : [ true , null ] , "b" : 2 } ',
    ",".join(['{"id":1,"tags":["a"],"x":0.5}'] * 50),
    '{"é":{"":[[[[]]]]}}',
    "NaN,[Infinity,-Infinity],1e999",
]
REFUSED = ["nan", "9" * 101, "[" * 200 + "]" * 200, '"\\x"', "01", "1,"]


@pytest.fixture
async def clients(serve: Callable[..., Served]) -> AsyncIterator[tuple[Socket, Socket]]:
    exact = serve("uvicorn", ECHO, options={"stdlib_json": True})
    async with Socket(serve("uvicorn", ECHO)) as fast, Socket(exact) as slow:
        await fast.join()
        await slow.join()
        yield fast, slow


async def answer(client: Socket, packet: str) -> object:
    """Return the answer to a packet, or how the connection ended."""
    try:
        await client.send(packet)
        return await client.receive()
    except Closed as closed:
        return str(closed)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_the_same_bytes(clients: tuple[Socket, Socket], text: str) -> None:
    for packet in (f'42["echo",{text}]', f'427["ask",{text}]'):
        fast, slow = [await answer(client, packet) for client in clients]
        assert fast == slow
        assert str(fast).startswith(('42["echoed",', "437["))


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
async def test_the_same_refusals(clients: tuple[Socket, Socket], text: str) -> None:
    fast, slow = [await answer(client, f'42["echo",{text}]') for client in clients]
    assert fast == slow


@pytest.mark.parametrize(("json", "used"), [("None", True), ("StdlibJSON()", False)])
def test_the_default_is_msgspec_where_it_is_installed(json: str, used: bool) -> None:
    program = f"""if True:
        import sys
        from sio_asgi import AsyncServer
        from sio_core.json import StdlibJSON
        assert "msgspec" not in sys.modules, "nothing is imported before there is a server"
        AsyncServer(json={json})
        print("msgspec" in sys.modules)
    """
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(used)
