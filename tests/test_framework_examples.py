"""The examples for frameworks of asyncio, run as their users run them."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.raw import Polling, Socket, http_client
from tests.support.servers import PATIENCE, Served

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MISSING = {"aiohttp-notes": ("aiohttp", "pip install sio-aiohttp")}
every_example = pytest.mark.parametrize("name", MISSING)
both_transports = pytest.mark.parametrize("transport", [Polling, Socket])


def command(name: str, *options: str) -> list[str]:
    return [sys.executable, "-u", str(EXAMPLES / name / "server.py"), *options]


def run(name: str, *options: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    """Run an example where it cannot start."""
    return subprocess.run(
        command(name, *options), capture_output=True, text=True, check=False, **kwargs
    )


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`start(name, *options)`: an example that serves; it must end quietly at Ctrl-C."""
    started: list[Served] = []

    def begin(name: str, *options: str) -> Served:
        output = tmp_path / f"{len(started)}.log"
        with output.open("wb") as errors:
            process = subprocess.Popen(
                command(name, "--port", "0", *options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        served = Served(process, 0, output)
        started.append(served)
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        address = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert address, f"{name} did not start: {line}{served.log()}"
        served.port = int(address.group(1))
        return served

    yield begin
    for served in started:
        process = served.process
        process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            served.stop()
        assert (process.returncode, served.log()) == (0, "")


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
