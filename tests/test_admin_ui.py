"""The real page of the Admin UI in a real browser, on servers of both colours.

With `SIO_TEST_SHOTS` pictures of what was seen are kept in that folder.
"""

import functools
import http.server
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sio_client import Client, SimpleClient
from tests.support.brokers.broker import Broker
from tests.support.browser import chromium_browser, collect_errors
from tests.support.examples import Example
from tests.support.node import Node
from tests.support.servers import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.serving"]

FILES = "node_modules/@socket.io/admin-ui/ui/dist"
AUTH = {"username": "ann", "password": "s3cret"}
SECRETS = {"Authorization": "Bearer xyzzy1", "Cookie": "id=hidden2"}
PATIENCE = 20_000


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium_browser() as chromium:
        yield chromium


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def files(node: Node) -> Iterator[str]:
    """The origin of the page, which is not that of the server."""
    handler = functools.partial(Quiet, directory=str(node.directory / FILES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client(reconnection=False)
    yield client
    client.disconnect()


def start(
    serve: Any, name: str, files: str, manager: Mapping[str, Any] | None = None, **arguments: Any
) -> Served:
    """Start a server that the page may look at, one of a fleet where it has a manager."""
    env = {"SIO_TEST_ADMIN": json.dumps({"auth": AUTH, "server_id": "one", **arguments})}
    if manager is not None:
        env["SIO_TEST_MANAGER"] = json.dumps(manager)
    options = {"cors_allowed_origins": [files]}
    served: Served = serve(name, "tests.apps.admin:app", options=options, env=env)
    return served


def log_in(page: "Page", served: Served, auth: Mapping[str, str]) -> None:
    page.get_by_label("Server URL").fill(served.origin)
    page.get_by_label("Username").fill(auth["username"])
    page.get_by_label("Password").fill(auth["password"])
    page.get_by_role("button", name="Connect").click()


def see(page: "Page", *texts: str, within: str = "main") -> None:
    """Wait until the page shows all of these texts."""
    for text in texts:
        page.locator(within).get_by_text(text, exact=True).first.wait_for()


def arrive(page: "Page", name: str) -> None:
    """Wait until one part of the page is there, and the one before it has slid away."""
    crumbs = page.locator("main .v-breadcrumbs")
    wait_until(lambda: [t.strip().endswith(name) for t in crumbs.all_inner_texts()] == [True])


def turn_to(page: "Page", name: str) -> None:
    """Open one of the lists of the page."""
    page.locator("nav").get_by_text(name, exact=True).click()
    arrive(page, name)


def open_socket(page: "Page", sid: str) -> None:
    turn_to(page, "Sockets")
    page.locator("main").get_by_text(sid, exact=True).first.click()
    arrive(page, "Socket details")


def press(page: "Page", *texts: str) -> None:
    """Press the last button of the last row that has these texts."""
    row = page.locator("main tr")
    for text in texts:
        row = row.filter(has=page.get_by_text(text, exact=True))
    row.last.get_by_role("button").last.click()


def join(page: "Page", room: str) -> None:
    field = page.get_by_label("Join a room")
    field.fill(room)
    field.locator("xpath=following::button[1]").click()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 1_000
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def keep_picture(page: "Page", name: str) -> None:
    if folder := os.environ.get("SIO_TEST_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_the_page_shows_and_changes_what_clients_do(
    serve: Any, page: "Page", client: Client, files: str
) -> None:
    served = start(serve, "uvicorn", files)
    errors = collect_errors(page)
    reasons: list[str] = []
    client.on("disconnect", reasons.append)
    client.connect(served.origin, headers=SECRETS, auth={"token": "xyzzy3"})
    sid = client.get_sid()
    client.call("join", "blue")

    page.goto(files)
    log_in(page, served, {**AUTH, "password": "guess"})
    page.get_by_text("Invalid credentials").wait_for()
    keep_picture(page, "refused")
    page.get_by_label("Password").fill(AUTH["password"])
    page.get_by_role("button", name="Connect").click()
    see(page, "/", "/admin")
    keep_picture(page, "dashboard")
    turn_to(page, "Servers")
    see(page, "one", "Healthy")
    turn_to(page, "Clients")
    see(page, "WebSocket")
    turn_to(page, "Rooms")
    see(page, "blue", "Public")

    open_socket(page, sid)
    see(page, "user-agent", "[redacted]", "blue")
    keep_picture(page, "socket")
    assert "xyzzy" not in page.content()
    join(page, "green")
    see(page, "green", within="main tr")
    assert client.call("rooms") == [sid, "blue", "green"]
    press(page, "blue")
    see(page, "Room details", "Deleted")  # where the row leads to that was pressed as well
    assert client.call("rooms") == [sid, "green"]

    client.call("shout", {"password": "xyzzy4"})
    turn_to(page, "Events")
    see(page, "shout", "heard", "Event received", "Event sent", "Room joined", "Room left")
    keep_picture(page, "events")

    page.reload()
    see(page, "connected", within="header")
    assert not page.get_by_label("Password").is_visible(), "the session goes on"
    open_socket(page, sid)
    press(page, "Status")
    see(page, "disconnected")
    keep_picture(page, "left")
    assert reasons == ["server disconnect"]
    assert "xyzzy" not in page.content()
    assert [error for error in errors if served.origin in error] == []


def test_a_page_that_may_only_read_offers_nothing_else(
    serve: Any, page: "Page", client: Client, files: str
) -> None:
    served = start(serve, "uvicorn", files, read_only=True)
    client.connect(served.origin)
    page.goto(files)
    log_in(page, served, AUTH)
    see(page, "/admin")
    open_socket(page, client.get_sid())
    see(page, "user-agent")
    assert page.locator("main tr").get_by_role("button").count() == 0
    keep_picture(page, "read-only")
    # This field is there in any case.
    join(page, "green")
    wait_until(lambda: "join was refused: read_only" in served.log())
    assert client.call("rooms") == [client.get_sid()]


def test_in_production_the_page_shows_numbers(
    serve: Any, page: "Page", client: Client, files: str
) -> None:
    served = start(serve, "uvicorn", files, mode="production")
    client.connect(served.origin)
    page.goto(files)
    log_in(page, served, AUTH)
    see(page, "/", "/admin", "Bytes received and sent")
    assert page.locator("nav").get_by_text("Sockets", exact=True).count() == 0
    keep_picture(page, "production")


@pytest.mark.parametrize("broker", ["valkey"], indirect=True)
def test_the_page_shows_a_fleet_of_both_colours(
    serve: Any, page: "Page", client: Client, files: str, broker: Broker
) -> None:
    manager = {"url": broker.url, "channel": broker.new_channel()}
    near = start(serve, "uvicorn", files, manager)
    far = start(serve, "werkzeug", files, manager, server_id="two")
    client.connect(far.origin)
    sid = client.get_sid()
    page.goto(files)
    log_in(page, near, AUTH)
    see(page, "/", "/admin")
    turn_to(page, "Servers")
    see(page, "one", "two")
    open_socket(page, sid)
    join(page, "green")
    see(page, "green", within="main tr")
    assert client.call("rooms") == [sid, "green"]
    client.call("shout", 1)
    turn_to(page, "Events")
    see(page, "shout", "heard")
    keep_picture(page, "fleet")
    open_socket(page, sid)
    press(page, "Status")
    see(page, "disconnected")
    assert not client.connected


@pytest.mark.parametrize("name", ["pywsgi", "eventlet"])
def test_greenlets_tell_the_page(serve: Any, client: Client, files: str, name: str) -> None:
    served = start(serve, name, files, server_stats_interval=0.1)
    client.connect(served.origin)
    page = SimpleClient()
    with page:
        page.connect(served.origin, namespace="/admin", auth=AUTH)
        names: list[str] = []
        while names.count("server_stats") < 3 or "all_sockets" not in names:
            names.append(page.receive(PATIENCE / 1_000)[0])
        assert page.call("join", ("/", "green", client.get_sid())) is True
    assert client.call("rooms") == [client.get_sid(), "green"]


def test_the_example_shows_its_visitors(
    page: "Page", client: Client, node: Node, tmp_path: Path
) -> None:
    example = Example("Server", "admin-ui", "--page", str(node.directory / FILES))
    try:
        assert example.process.stdout is not None
        said = example.process.stdout.readline()
        client.connect(example.url)
        room = client.call("walk")
        page.goto(example.url)
        page.get_by_label("Server URL").fill(example.url)
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(said.split()[-1])
        page.get_by_role("button", name="Connect").click()
        see(page, "/", "/admin")
        open_socket(page, client.get_sid())
        see(page, room)
    finally:
        assert example.stop() == ""
