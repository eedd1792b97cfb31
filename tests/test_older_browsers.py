"""JavaScript clients of every generation in a browser, JSONP among their transports."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import chromium_browser, collect_errors
from tests.support.node import Node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

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


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium_browser() as chromium:
        yield chromium


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
    serve: Any, node: Node, browser: "Browser", server: str, client: str, way: str
) -> None:
    served = serve(server, "tests.apps.echo:app", options=OPTIONS)
    options, found = WAYS[way]
    text = "a€😀\u2028</script>"
    # 1.x encodes text twice that it posts, which a server knows of 1.3 alone.
    twice = client == "1.7" and found == "polling"
    back = text.encode().decode("latin-1") if twice else text
    page = browser.new_page()
    try:
        page.goto(f"{served.origin}/socket.io/?transport=none")
        errors = collect_errors(page)
        page.add_script_tag(path=str(node.directory / SCRIPTS[client]))
        talk = page.evaluate(TALK, [options, text])
        assert talk == [found, back, [1, 255], {"a": [back, None]}, "io client disconnect"]
        assert [error for error in errors if "Failed to load resource" not in error] == []
    finally:
        page.close()
