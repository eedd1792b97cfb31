"""The examples for frameworks of asyncio, run as their users run them."""

import asyncio
import os
import signal
import socket

import pytest

from tests.support.examples import run
from tests.support.raw import Polling, Socket, http_client

pytest_plugins = ["tests.support.example_servers"]

MISSING = {"aiohttp-notes": ("aiohttp", "pip install sio-aiohttp")}
every_example = pytest.mark.parametrize("name", MISSING)
both_transports = pytest.mark.parametrize("transport", [Polling, Socket])


@every_example
def test_a_taken_port_is_said_clearly(name):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(name, "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    words = f"Port {port} is taken. Choose another with --port, or 0 for a free one.\n"
    assert done.stderr == words


@every_example
def test_an_impossible_port_is_one_line(name):
    done = run(name, "--port", "99999")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@every_example
def test_what_is_missing_is_named(name, tmp_path):
    module, advice = MISSING[name]
    error = f"raise ModuleNotFoundError('not installed', name={module!r})\n"
    (tmp_path / f"{module}.py").write_text(error)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run(name, env={**os.environ, "PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{module} is missing. Run: {advice}\n"


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
@every_example
async def test_ctrl_c_ends_it_with_clients_connected(start, name):
    served = start(name)
    async with Polling(served) as polling, Socket(served) as client:
        waiting = asyncio.ensure_future(polling.request())
        served.process.send_signal(signal.SIGINT)
        await client.ended()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await asyncio.to_thread(served.wait_ended) == 0


# aiohttp ------------------------------------------------------------------------------------


@both_transports
async def test_notes(start, transport):
    served = start("aiohttp-notes", "--interval", "0.05")
    async with http_client(served) as http:
        assert (await http.post("/enter/Ada")).text == "Hello\n"
        assert (await http.post("/notes", content="buy tea")).status_code == 201
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}
        async with transport(served, headers=headers) as ada:
            await ada.join()
            found = [await ada.event(), await ada.event()]
            assert ["notes", [{"name": "Ada", "text": "buy tea"}]] in found
            assert ["people", 1] in found
            await ada.send('427["write","and milk"]')
            answers = {await ada.receive(), await ada.receive()}
            assert answers == {'42["note",{"name":"Ada","text":"and milk"}]', "437[true]"}
            assert (await http.post("/notes", content="from a route")).status_code == 201
            assert await ada.event() == ["note", {"name": "Ada", "text": "from a route"}]
            for nothing in ("", None, 7, ["x"], "x" * 1001):
                assert await ada.ask("write", nothing) == [False]
        assert (await http.post("/notes", content="")).status_code == 400
        assert len((await http.get("/notes")).json()) == 3


async def test_who_has_not_said_a_name_is_refused(start):
    served = start("aiohttp-notes")
    async with Socket(served) as client:
        await client.send("40")
        assert await client.receive() == '44{"message":"POST your name to /enter/<name> first"}'
