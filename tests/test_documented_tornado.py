"""The examples of the documentation for Tornado, run through `import socketio`, and the example."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import tornado.ioloop
import tornado.web

import socketio
from tests.support.browser import chromium_browser, collect_errors
from tests.support.documented import DOCUMENTED, not_named, run_documented
from tests.support.node import Node
from tests.support.ports import free_port
from tests.support.raw import Polling, Socket, http_client
from tests.support.servers import PATIENCE, ROOT, Served, answers

FOLDER = DOCUMENTED / "tornado"
BOARD = ROOT / "examples" / "tornado-board" / "server.py"


def run(example: str, **names: Any) -> dict[str, Any]:
    """Run one example in a namespace with `names`; return what the namespace then holds."""
    return run_documented(example, FOLDER, **names)


def test_every_example_is_run_here() -> None:
    assert not not_named(FOLDER, __file__)


def program(port: int) -> None:
    """Run the examples as one program, with a route of its own."""
    assert socketio.tornado.get_tornado_handler is socketio.get_tornado_handler

    class Page(tornado.web.RequestHandler):
        def get(self) -> None:
            self.write("page")

    sio = run("mode")["sio"]
    sio.on("say", lambda sid, data: ("delivered", data))
    app = run("routes", sio=sio, tornado=tornado)["app"]
    app.add_handlers(".*", [("/page", Page)])
    run("run", app=app, port=port, tornado=tornado)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """`start(*command)`: a program that listens on the port behind the command."""
    started: list[Served] = []

    def begin(*command: str) -> Served:
        port, output = free_port(), tmp_path / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *command, str(port)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        served = Served(process, port, output)
        started.append(served)
        assert answers(served), served.log()
        return served

    yield begin
    for served in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(served.process.pid, signal.SIGKILL)


async def test_a_whole_program(start: Callable[..., Served]) -> None:
    code = (
        "import sys; from tests.test_documented_tornado import program; program(int(sys.argv[1]))"
    )
    served = start("-c", code)
    for kind in (Polling, Socket):
        async with kind(served) as client:
            await client.join()
            assert await client.ask("say", 1) == ["delivered", 1]
    async with http_client(served) as http:
        assert (await http.get("/page")).text == "page"
    served.check()


# The example -----------------------------------------------------------------------------------


async def signed_in(served: Served, name: str) -> dict[str, str]:
    """Return the headers of a user who is signed in."""
    async with http_client(served) as http:
        answer = await http.get("/", params={"user": name}, follow_redirects=False)
        return {"cookie": f"user={answer.cookies['user']}"}


async def test_the_board(start: Callable[..., Served]) -> None:
    served = start(str(BOARD), "--port")
    ann, ben = await signed_in(served, "Ann"), await signed_in(served, "Ben <b>")
    async with (
        Polling(served, headers=ann) as client,
        Socket(served, headers=ben) as socket,
        http_client(served) as http,
    ):
        for one in (client, socket):
            await one.join()
            assert await one.ask("notes") == [[]]
        await client.emit("pin", "by Ann")
        assert (await http.post("/notes", json={"text": "by Ben"}, headers=ben)).status_code == 201
        for one in (client, socket):
            assert await one.event() == ["pinned", {"user": "Ann", "text": "by Ann"}]
            assert await one.event() == ["pinned", {"user": "Ben <b>", "text": "by Ben"}]
        assert len((await http.get("/notes")).json()["notes"]) == 2
        assert (await http.post("/notes", json={"text": "x"})).status_code == 403
        assert "<b>Ben &lt;b&gt;</b>" in (await http.get("/", headers=ben)).text
        async with Socket(served) as stranger:
            await stranger.send("40")
            assert await stranger.receive() == '44{"message":"sign in first"}'
        served.process.send_signal(signal.SIGINT)
        await socket.ended()
        with contextlib.suppress(httpx.TransportError):
            await http.get("/notes")
    assert served.wait_ended() == 0, served.log()
    served.check()


def test_the_board_in_a_browser(start: Callable[..., Served], node: Node) -> None:
    served = start(str(BOARD), "--port")
    script = node.directory / "node_modules/socket.io-client/dist/socket.io.min.js"
    with chromium_browser() as browser:
        for name in ("Ann", "Ben"):
            page = browser.new_context().new_page()
            page.set_default_timeout(1000 * PATIENCE)
            errors = collect_errors(page)
            page.route("https://cdn.socket.io/**", lambda route: route.fulfill(path=script))
            page.goto(f"{served.origin}/?user={name}")
            assert page.get_by_text(f"Hello {name}.").is_visible()
            page.locator("#text").fill(f"by {name}")
            page.locator("button").click()
            page.get_by_text(f"{name}: by {name}").wait_for()
            # Chromium asks for the icon of a page that has none.
            assert not [error for error in errors if "404" not in error]
        page.get_by_text("Ann: by Ann").wait_for()


def test_the_board_says_that_its_port_is_taken(start: Callable[..., Served]) -> None:
    served = start(str(BOARD), "--port")
    command = [sys.executable, str(BOARD), "--port", str(served.port)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "Address already in use. Choose another with --port." in second.stderr
