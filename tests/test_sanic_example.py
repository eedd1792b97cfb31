"""`examples/sanic-ticker`, run as its users run it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import chromium_browser, collect_errors
from tests.support.node import Node
from tests.support.ports import free_port
from tests.support.raw import Polling, Socket, http_client
from tests.support.servers import PATIENCE, ROOT, Served, answers

SERVER = ROOT / "examples" / "sanic-ticker" / "server.py"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The example, whose prices stay what they are for as long as a test takes."""
    port, output = free_port(), tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, str(SERVER), "--port", str(port), "--tick", "1000"],
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Served(process, port, output)
    try:
        assert answers(found), found.log()
        yield found
        process.send_signal(signal.SIGINT)
        assert found.wait_ended() == 0, found.log()
        found.check()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def test_clients_follow_prices_and_hear_of_those_that_a_route_sets(served: Served) -> None:
    headers = {"cookie": "user=Ann"}
    async with (
        Polling(served, headers=headers) as client,
        Socket(served, headers=headers) as socket,
        http_client(served) as http,
    ):
        for one in (client, socket):
            await one.join()
            assert await one.ask("follow", ["tea", "gold"]) == [{"tea": 100}]
        assert (await http.post("/price/tea", json=150)).json() == {"told": "tea"}
        for one in (client, socket):
            assert await one.event() == ["price", "tea", 150]
        assert (await http.get("/price/tea")).json() == 150
        assert (await http.get("/price/gold")).status_code == 404


async def test_the_page_gives_its_user_the_cookie_that_lets_clients_in(served: Served) -> None:
    async with http_client(served) as http:
        page = await http.get("/", params={"user": "Ann"})
        assert "<b>Ann</b>" in page.text
        assert page.cookies["user"] == "Ann"
    async with http_client(served) as http:
        assert "<b>guest</b>" in (await http.get("/", params={"user": "<i>"})).text
    async with Socket(served) as socket:
        await socket.send("40")
        assert await socket.receive() == '44{"message":"open the page first"}'


def test_the_page_in_a_browser(served: Served, node: Node) -> None:
    script = node.directory / "node_modules/socket.io-client/dist/socket.io.min.js"
    with chromium_browser() as browser:
        page = browser.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        errors = collect_errors(page)
        page.route("https://cdn.socket.io/**", lambda route: route.fulfill(path=script))
        page.goto(f"{served.origin}/?user=Ann")
        assert page.get_by_text("Hello Ann.").is_visible()
        # Until the page follows the price, it does not hear of it.
        page.wait_for_function(
            """async () => {
                await fetch("/price/tea", { method: "POST", body: "150" });
                return document.getElementById("good-tea")?.textContent === "tea: 150";
            }"""
        )
    # Chromium asks for the icon of a page that has none.
    assert not [error for error in errors if "404" not in error]
