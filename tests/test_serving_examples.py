"""How the examples that serve start, what they say where they cannot, and how they end."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.examples import run
from tests.support.raw import Polling, Socket
from tests.support.servers import Served

pytest_plugins = ["tests.support.example_servers"]

MISSING = {
    "aiohttp-notes": ("aiohttp", "pip install sio-aiohttp"),
    "metrics": (
        "prometheus_client",
        "pip install 'sio-asgi[uvicorn]' 'sio-server[prometheus]'",
    ),
    "flask-votes": ("flask", "pip install flask sio-wsgi"),
    "django-visitors": ("django", "pip install django werkzeug sio-wsgi"),
    "plain-wsgi": ("gevent", "pip install 'sio-wsgi[gevent]'"),
}
"""What each needs, and how to get it."""
every_example = pytest.mark.parametrize("name", MISSING)


@every_example
def test_a_taken_port_is_said_clearly(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(name, "--port", str(port))
    assert (done.returncode, done.stdout) == (1, "")
    words = f"Port {port} is taken. Choose another with --port, or 0 for a free one.\n"
    assert done.stderr == words


@every_example
def test_an_impossible_port_is_one_line(name: str) -> None:
    done = run(name, "--port", "99999")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@every_example
def test_what_is_missing_is_named(name: str, tmp_path: Path) -> None:
    module, advice = MISSING[name]
    error = f"raise ModuleNotFoundError('not installed', name={module!r})\n"
    (tmp_path / f"{module}.py").write_text(error)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = run(name, env={**os.environ, "PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{module} is missing. Run: {advice}\n"


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
@every_example
async def test_ctrl_c_ends_it_with_clients_connected(
    start: Callable[..., Served], name: str
) -> None:
    served = start(name)
    async with Polling(served) as polling, Socket(served) as client:
        waiting = asyncio.ensure_future(polling.request())
        handshake = f"http://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=polling"
        async with httpx.AsyncClient(headers={"Connection": "close"}) as http:
            # Who comes later is served by now, so that the poll is there.
            assert (await http.get(handshake)).status_code == 200
        served.process.send_signal(signal.SIGINT)
        await client.ended()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await asyncio.to_thread(served.wait_ended) == 0


async def test_the_metrics_of_the_example_are_read(start: Callable[..., Served]) -> None:
    served = start("metrics")
    async with Socket(served) as client, httpx.AsyncClient() as http:
        await client.join()
        await client.emit("say", "hello")
        address = f"http://127.0.0.1:{served.port}"
        text = (await http.get(f"{address}/metrics")).text
        assert "socket_io_connected 1.0" in text
        assert 'socket_io_connect_total{namespace="/"} 1.0' in text
        assert (await http.get(f"{address}/other")).status_code == 404
