"""JavaScript clients of every generation in a browser, JSONP among their transports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import chromium_browser, collect_errors
from tests.support.node import Node

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest_plugins = ["tests.support.serving"]

SCRIPTS = {
    "1.3": "node_modules/socket.io-client-1.3/socket.io.js",
    "1.7": "node_modules/socket.io-client-1.7/dist/socket.io.js",
    "2": "node_modules/socket.io-client-v2/dist/socket.io.js",
    "3": "node_modules/socket.io-client-v3/dist/socket.io.js",
}
OPTIONS = {"allow_eio3": True, "jsonp": True}
WAYS: dict[str, tuple[dict[str, Any], str]] = {
    "polling": ({"transports": ["polling"]}, "polling"),
    "websocket": ({"transports": ["websocket"]}, "websocket"),
    "upgrade": ({"transports": ["polling", "websocket"]}, "websocket"),
    "jsonp": ({"transports": ["polling"], "forceJSONP": True}, "polling"),
}
TALK = """
async ([options, text]) => {
    const socket = io({...options, reconnection: false});
    const name = () => socket.io.engine.transport.name;
    const transport = await new Promise((resolve, reject) => {
        socket.on("error", reject);
        socket.on("connect_error", reject);
        socket.on("connect", () => {
            if (options.transports.length === 1 || name() === "websocket") resolve(name());
            else socket.io.engine.on("upgrade", () => resolve(name()));
        });
    });
    const heard = new Promise((resolve) => socket.on("echoed", (...args) => resolve(args)));
    socket.emit("echo", text, new Uint8Array([1, 255]).buffer);
    const [back, bytes] = await heard;
    const answer = await new Promise((resolve) => socket.emit("ask", {a: [text, null]}, resolve));
    const left = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.disconnect();
    return [transport, back, Array.from(new Uint8Array(bytes)), answer, await left];
}
"""


class Window:
    """A page, and what it has reported as an error."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self._errors = collect_errors(page)

    def goes_to(self, address: str) -> None:
        """Leave for another document, whose own missing parts are no errors."""
        self.page.goto(address)
        self._errors.clear()

    def errors(self) -> list[str]:
        """What was reported since then, but what could not be loaded."""
        return [error for error in self._errors if "Failed to load resource" not in error]


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    """One page for all tests: a document each, and one process of Chromium for all of them."""
    with chromium_browser() as chromium:
        yield Window(chromium.new_page())


EVERY = [(client, way) for client in SCRIPTS for way in WAYS if (client, way) != ("3", "jsonp")]
# What differs between web servers differs for every client.
FEW = [("2", "upgrade"), ("2", "jsonp"), ("1.3", "upgrade")]


@pytest.mark.parametrize(
    ("server", "client", "way"),
    [
        *[(server, *each) for server in ("uvicorn", "werkzeug") for each in EVERY],
        *[(server, *each) for server in ("uvicorn-sio", "pywsgi", "eventlet") for each in FEW],
        *[(server, *each) for server in ("aiohttp", "tornado", "sanic") for each in FEW],
    ],
)
def test_a_page_with_an_older_client(
    serve: Any, node: Node, window: Window, server: str, client: str, way: str
) -> None:
    served = serve(server, "tests.apps.echo:app", options=OPTIONS)
    options, found = WAYS[way]
    text = "a€😀\u2028</script>"
    # 1.x encodes text twice that it posts, which a server knows of 1.3 alone.
    twice = client == "1.7" and found == "polling"
    back = text.encode().decode("latin-1") if twice else text
    window.goes_to(f"{served.origin}/socket.io/?transport=none")
    window.page.add_script_tag(path=str(node.directory / SCRIPTS[client]))
    talk = window.page.evaluate(TALK, [options, text])
    assert talk == [found, back, [1, 255], {"a": [back, None]}, "io client disconnect"]
    assert window.errors() == []
