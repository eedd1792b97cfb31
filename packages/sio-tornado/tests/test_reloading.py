"""Tornado begins its program anew when a file of it has changed: clients come back to it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

HANG = 60.0
PROGRAM = """
import asyncio
import sys

import tornado.web

from sio_tornado import AsyncServer, get_tornado_handler

sio = AsyncServer()


async def main():
    routes = [(r"/socket.io/", get_tornado_handler(sio))]
    tornado.web.Application(routes, autoreload=True).listen(int(sys.argv[1]), "127.0.0.1")
    print("begun", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
"""


def until(condition: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.05)


@pytest.fixture
def program(tmp_path: Path):
    file, output = tmp_path / "program.py", tmp_path / "output"
    file.write_text(PROGRAM)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with output.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, str(file), str(port)],
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    yield file, output, port
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_clients_come_back_to_a_program_that_begins_anew(program):
    file, output, port = program
    url = f"http://127.0.0.1:{port}/socket.io/?EIO=4&transport=polling"
    until(lambda: output.read_text().count("begun") == 1, output)
    with httpx.Client(trust_env=False, timeout=HANG) as http:
        sid = http.get(url).text.split('"')[3]
        assert http.post(f"{url}&sid={sid}", content="40").text == "ok"
        time.sleep(1.1)  # file systems may keep whole seconds
        file.write_text(PROGRAM + "\n")
        until(lambda: output.read_text().count("begun") == 2, output)
    with httpx.Client(trust_env=False, timeout=HANG) as http:
        assert http.get(f"{url}&sid={sid}").status_code == 400  # the sessions of before are gone
        again = http.get(url)
        assert again.status_code == 200
    assert "Traceback" not in output.read_text()
