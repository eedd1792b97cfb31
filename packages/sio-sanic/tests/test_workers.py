"""Sanic's ways to be run, as processes: one worker or several, the command line, reloading."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HANG, HTTP, POLLING

PROGRAM = """
import sys
from sanic import Sanic
from sio_sanic import AsyncServer

app = Sanic("program")
app.config.AUTO_EXTEND = False
sio = AsyncServer({server})
sio.attach(app)

@sio.event
async def disconnect(sid, reason):
    print("left:", reason, flush=True)

if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), motd=False, {run})
"""


class Program:
    """A program in a process group of its own."""

    def __init__(self, folder: Path, *command: str, server: str = "", run: str = "") -> None:
        (folder / "program.py").write_text(PROGRAM.format(server=server, run=run))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.output = folder / "output"
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, *(part.format(port=self.port) for part in command)],
                cwd=folder,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def http(self) -> HTTP:
        """A connection, as soon as the program listens."""
        async with asyncio.timeout(HANG):
            while True:
                assert self.process.poll() is None, self.output.read_text()
                with contextlib.suppress(OSError):
                    return HTTP(*await asyncio.open_connection("127.0.0.1", self.port))
                await asyncio.sleep(0.05)

    async def said(self, words: str) -> None:
        """Wait until the program has printed `words`."""
        async with asyncio.timeout(HANG):
            while words not in self.output.read_text():
                await asyncio.sleep(0.02)

    async def ended(self) -> int:
        """Wait for the end of the process. Returns its status."""
        return await asyncio.to_thread(self.process.wait, HANG)


@pytest.fixture
def program(tmp_path):
    started = []

    def start(*command, **options):
        started.append(Program(tmp_path, *command, **options))
        return started[-1]

    yield start
    for one in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()


WAYS = {
    "a single process": (("program.py", "{port}"), "single_process=True"),
    "the worker manager": (("program.py", "{port}"), ""),
    "reloading": (("program.py", "{port}"), "auto_reload=True"),
    "the command line": (("-m", "sanic", "program:app", "--no-motd", "-p", "{port}"), ""),
    "uvicorn": (("-m", "uvicorn", "program:app", "--port", "{port}"), ""),
}


@pytest.mark.parametrize("way", WAYS)
async def test_one_worker(program, way):
    command, run = WAYS[way]
    served = program(*command, run=run)
    http = await served.http()
    opened = await http.ask(POLLING)
    poll = f"{POLLING}&sid={opened.sid}"
    assert (await http.ask(poll, "POST", b"40")).body == b"ok"
    assert (await http.ask(poll)).body.startswith(b"40")
    http.begin(poll)
    await asyncio.sleep(0.1)  # not to be sure of anything: the poll may come before or after
    served.process.terminate()
    assert (await http.answer()).body[-1:] == b"1"
    await served.said("left: server disconnect")
    if way in ("a single process", "uvicorn"):
        # The main process of Sanic's worker manager does not end at each signal that comes within
        # a second of its start, whatever the application.
        assert await served.ended() in (0, -signal.SIGTERM)
    else:
        await served.said("Worker complete")
    # A process of Sanic's that is told to end while it begins says so by a traceback of its own.
    assert "/sio_" not in served.output.read_text(), "a traceback that comes by this project"


@pytest.mark.parametrize(
    ("command", "run"),
    [
        (("program.py", "{port}"), "workers=2"),
        (("-m", "sanic", "program:app", "--workers", "2", "-p", "{port}"), ""),
    ],
)
async def test_several_workers_are_refused(program, command, run):
    served = program(*command, run=run)
    assert await served.ended() == 1
    words = " ".join(served.output.read_text().replace("▐", " ").split())
    assert "Socket.IO's sessions live in one process, and Sanic is to have 2 workers." in words
    assert 'make the server with transports=["websocket"]' in words


async def test_several_workers_are_warned_of_where_there_are_only_websockets(program):
    served = program("program.py", "{port}", server='transports=["websocket"]', run="workers=2")
    assert (await (await served.http()).ask(POLLING)).status == 400
    await served.said("Sanic has 2 workers: an emit reaches the clients of")
