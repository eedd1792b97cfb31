"""The JavaScript client in a real browser, on a page of the address that a framework serves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.browser import chromium_browser, collect_errors
from tests.support.node import Node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["tests.support.serving"]

CLIENT = "node_modules/socket.io-client/dist/socket.io.min.js"
TALK = """
async (transports) => {
    const socket = io({transports});
    const upgraded = new Promise((resolve) => {
        socket.on("connect", () => {
            const name = () => socket.io.engine.transport.name;
            if (transports.length === 1 || name() === "websocket") resolve(name());
            else socket.io.engine.on("upgrade", () => resolve(name()));
        });
    });
    const heard = new Promise((resolve) => socket.on("echoed", (...args) => resolve(args)));
    const transport = await upgraded;
    socket.emit("echo", "a\\u20ac", new Uint8Array([1, 255]));
    const [text, bytes] = await heard;
    const answer = await socket.emitWithAck("ask", {a: [1, null]});
    const left = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.disconnect();
    return [transport, text, Array.from(new Uint8Array(bytes)), answer, await left];
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium_browser() as chromium:
        yield chromium


@pytest.mark.parametrize("server", ["aiohttp", "tornado", "sanic"])
@pytest.mark.parametrize(
    ("transports", "found"),
    [
        (["polling"], "polling"),
        (["websocket"], "websocket"),
        (["polling", "websocket"], "websocket"),
    ],
)
def test_a_page_talks_over_every_transport(
    serve: Any, node: Node, browser: "Browser", server: str, transports: list[str], found: str
) -> None:
    served = serve(server, "tests.apps.echo:app")
    page = browser.new_page()
    try:
        # A refusal is a page, too. One that the browser makes up may not talk to this address.
        page.goto(f"{served.origin}/socket.io/?transport=none")
        errors = collect_errors(page)
        page.add_script_tag(path=str(node.directory / CLIENT))
        talk = page.evaluate(TALK, transports)
        assert talk == [found, "a€", [1, 255], {"a": [1, None]}, "io client disconnect"]
        # The client lets go of its poll as it goes, and the browser says so.
        assert [error for error in errors if "Failed to load resource" not in error] == []
    finally:
        page.close()
