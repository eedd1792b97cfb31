"""The chat example, used by two people in a real browser."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sio_client import SimpleClient
from tests.support.browser import chromium_browser, collect_errors
from tests.support.components import give_up, require
from tests.support.pictures import png
from tests.support.servers import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHAT = Path(__file__).resolve().parent.parent / "examples" / "chat"
CLIENT = CHAT / "node_modules/socket.io-client/dist/socket.io.esm.min.js"

# What a hostile client may send: each line is an event and its arguments.
NONSENSE = """
  ["say"], ["say", null], ["say", 7, {}], ["say", []], ["join", {}], ["join", {room: {}}],
  ["join", {room: "../x"}], ["join", {room: "x".repeat(25)}], ["leave", {room: "elsewhere"}],
  ["say", {room: "elsewhere", text: "hello", key: "0123456789abcdef"}],
  ["say", {room: "den", text: "  ", key: "0123456789abcdef"}],
  ["say", {room: "den", text: "x".repeat(2001), key: "0123456789abcdef"}],
  ["say", {room: "den", text: "no key"}], ["typing", "den"],
  ["picture", {room: "den", key: "0123456789abcdef", picture: "text"}],
  ["picture", {room: "den", key: "0123456789abcdef", picture: new Uint8Array(9)}],
  ["picture", {room: "den", key: "0123456789abcdef", picture: new Uint8Array(524289)}],
"""

SEND_ALL = """
  const { io } = await import("/static/socket.io.js");
  const socket = io({ forceNew: true, auth: { nick: "Eve", token: "0123456789abcdef" } });
  await socket.emitWithAck("join", { room: "den" });
  const answers = [];
  for (const request of requests) answers.push(await socket.emitWithAck(...request));
  socket.disconnect();
  return answers;
"""


class Server:
    """The example as a process of its own."""

    def __init__(self, folder: Path = CHAT, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(folder / "server.py"), "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def address(self) -> str:
        """Wait until the chat says where it is."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("Chat is running at http://127.0.0.1:"):
            pytest.fail(f"the chat did not start: {line}{self.stop()[1]}")
        return line.split()[-1]

    def stop(self) -> tuple[str, str]:
        """End the process as Ctrl-C does. Returns: the rest of its output and its errors."""
        if self.process.poll() is None:
            if os.name == "posix":
                self.process.send_signal(signal.SIGINT)
            else:
                self.process.terminate()
        return self.process.communicate(timeout=30)


class Window:
    """One browser window with the chat in it."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.address = address
        self.errors = collect_errors(page)
        page.goto(address)

    def leave(self) -> None:
        """Begin anew, as somebody else."""
        self.page.goto(self.address)
        self.errors.clear()

    def join(self, nick: str, room: str = "den") -> "Window":
        self.page.get_by_label("Nickname").fill(nick)
        self.page.get_by_label("Room", exact=True).fill(room)
        self.page.get_by_role("button", name="Join").click()
        return self

    def joined(self, nick: str, room: str = "den") -> "Window":
        self.join(nick, room)
        expect(self.page.get_by_role("heading", level=1, name=room)).to_be_visible()
        return self

    def say(self, text: str) -> None:
        self.page.get_by_label("Message", exact=False).and_(self.page.locator("textarea")).fill(
            text
        )
        self.page.get_by_role("button", name="Send").click()

    def posts(self, text: str) -> Any:
        return self.log.get_by_role("listitem").filter(has_text=text)

    @property
    def log(self) -> Any:
        return self.page.get_by_role("log")

    @property
    def people(self) -> Any:
        return self.page.get_by_role("list", name="In this room").locator(".name")


def expect(what: Any) -> Any:
    """Wait for a condition on the page, as Playwright does, as long as a busy machine may need."""
    from playwright.sync_api import expect as wait

    wait.set_options(timeout=30_000)
    return wait(what)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium_browser() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def client() -> None:
    """Install the page's JavaScript client, as `dev.py demo` does."""
    if CLIENT.exists():
        return
    command = [require("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=CHAT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        give_up("npm packages", f"npm ci failed: {done.stderr}", "cd examples/chat && npm ci")


@pytest.fixture
def server(client: None) -> Iterator[Server]:
    server = Server()
    yield server
    _, errors = server.stop()
    assert errors == ""


@pytest.fixture(scope="module")
def address(client: None) -> Iterator[str]:
    """Where one chat is for all tests: of people and rooms that are left it keeps nothing."""
    server = Server()
    yield server.address()
    _, errors = server.stop()
    assert errors == ""


@pytest.fixture(scope="module")
def kept() -> list[Window]:
    """Windows of earlier tests, with the page as it is at first."""
    return []


@pytest.fixture
def window(browser: "Browser", address: str, kept: list[Window]) -> Iterator[Callable[..., Window]]:
    """Open windows that share nothing; at the end none of them may have reported an error."""
    windows: list[Window] = []

    def open_window(**options: Any) -> Window:
        fresh = bool(options) or not kept
        one = new_window(browser, address, **options) if fresh else kept.pop()
        windows.append(one)
        own.extend([one] if options else ())
        return one

    own: list[Window] = []
    yield open_window
    errors = [error for one in windows for error in one.errors]
    for one in windows:
        if one in own or one.page.is_closed():
            one.page.context.close()
        else:
            one.leave()
            kept.append(one)
    until_nobody_is_there(address)
    assert errors == []


def new_window(browser: "Browser", address: str, **options: Any) -> Window:
    return Window(browser.new_context(**options).new_page(), address)


def until_nobody_is_there(address: str) -> None:
    """Wait until the chat has noticed that all windows have left."""
    with SimpleClient() as last:
        last.connect(address, auth={"nick": "Last", "token": "0123456789abcdef"})
        last.call("join", {"room": "last"})
        while last.receive(PATIENCE) != ["rooms", [{"name": "last", "people": 1}]]:
            pass


def test_two_people_see_each_other_and_a_message_is_acknowledged(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    expect(ada.people).to_have_text(["Ada", "Ben"])
    expect(ben.people).to_have_text(["Ada", "Ben"])
    expect(ada.posts("Ben joined")).to_be_visible()
    ada.say("Good morning")
    expect(ada.posts("Good morning")).to_contain_text("Delivered")
    expect(ben.posts("Good morning")).to_contain_text("Ada")


def test_late_comer_reads_what_was_said_before(window):
    ada = window().joined("Ada")
    ada.say("First")
    ada.say("Second")
    expect(ada.posts("Second")).to_contain_text("Delivered")
    ben = window().joined("Ben")
    expect(ben.log.locator(".text")).to_have_text(["First", "Second"])


def test_taken_nickname_is_refused_beside_its_field(window):
    window().joined("Ada")
    other = window().join(" ADA ")
    field = other.page.get_by_label("Nickname")
    expect(other.page.locator("#nick-error")).to_have_text(
        "Ada is already here. Choose another name."
    )
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    other.joined("Ben")
    expect(other.people).to_have_text(["Ada", "Ben"])


def test_bad_room_is_refused_beside_its_field(window):
    one = window().join("Ada", "two words")
    expect(one.page.locator("#room-error")).to_have_text("Use letters, digits and hyphens only.")
    one.joined("Ada")


def test_typing_shows_and_disappears(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    text = ben.page.get_by_label("Message den")
    text.press_sequentially("Hm")
    expect(ada.page.get_by_text("Ben is typing")).to_be_visible()
    text.fill("")
    expect(ada.page.get_by_text("Ben is typing")).to_have_count(0)


def test_pictures_arrive_and_large_ones_are_made_smaller(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    for name, data in (("Small", png(40, 30)), ("Large", png(900, 800, noise=True))):
        file = {"name": "picture.png", "mimeType": "image/png", "buffer": data}
        ada.page.set_input_files("input[type=file]", files=[file])
        expect(ada.page.get_by_alt_text("Picture to send")).to_be_visible()
        ada.say(name)
        expect(ada.posts(name)).to_contain_text("Delivered")
        image = ben.page.get_by_alt_text(name)
        expect(image).to_be_visible()
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    ben.page.get_by_role("button", name="Open picture: Small").press("Enter")
    dialog = ben.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    ben.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_rooms_are_apart_and_unread_messages_are_counted(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    ada.page.get_by_label("New room").fill("attic")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("attic")
    expect(ada.people).to_have_text(["Ada"])
    ada.say("Only for the attic")
    expect(ada.posts("Only for the attic")).to_contain_text("Delivered")
    ben.say("Only for the den")
    den = ada.page.get_by_role("button", name="den, 1 unread")
    expect(den).to_be_visible()
    expect(ada.posts("Only for the den")).to_have_count(0)
    expect(ben.posts("Only for the attic")).to_have_count(0)
    expect(ben.page.get_by_role("button", name="Join attic, 1 person")).to_be_visible()
    den.click()
    expect(ada.posts("Only for the den")).to_be_visible()
    ada.page.get_by_role("button", name="Leave room").click()
    expect(ben.people).to_have_text(["Ben"])


def test_closing_a_window_is_seen_by_the_others(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    expect(ada.people).to_have_text(["Ada", "Ben"])
    ben.page.close()
    expect(ada.people).to_have_text(["Ada"])
    expect(ada.posts("Ben left")).to_be_visible()


def test_theme_follows_the_system_until_it_is_chosen(window):
    def is_dark() -> bool:
        colour = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        return one.page.evaluate(f"{colour}.every(part => part < 64)")

    one = window(color_scheme="dark")
    assert is_dark()
    toggle = one.page.get_by_role("button", name="Dark theme")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    assert not is_dark()
    one.page.reload()
    assert not is_dark()


def test_keyboard_is_enough(window):
    one = window()
    keyboard = one.page.keyboard
    expect(one.page.get_by_label("Nickname")).to_be_focused()
    keyboard.type("Ada")
    keyboard.press("Tab")
    expect(one.page.get_by_label("Room", exact=True)).to_be_focused()
    keyboard.press("Enter")
    expect(one.page.get_by_label("Message lobby")).to_be_focused()
    keyboard.type("Without a mouse")
    keyboard.press("Enter")
    expect(one.posts("Without a mouse")).to_contain_text("Delivered")
    expect(one.page.get_by_label("Message lobby")).to_be_focused()


def test_side_panels_become_drawers_on_a_phone(window):
    one = window(viewport={"width": 360, "height": 640}).joined("Ada")
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    room = one.page.get_by_label("New room")
    expect(room).to_be_hidden()
    one.page.get_by_role("button", name="Rooms").press("Enter")
    expect(room).to_be_visible()
    one.page.keyboard.press("Escape")
    expect(room).to_be_hidden()
    expect(one.page.get_by_role("button", name="Rooms")).to_be_focused()


def test_text_stays_text(window):
    ada = window().joined("Ada")
    ben = window().joined("Ben")
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    ada.say(markup)
    expect(ben.log.locator(".text")).to_have_text(markup)
    expect(ben.log.locator("b, img")).to_have_count(0)


def test_nonsense_from_a_client_is_answered_with_an_error(window):
    ada = window().joined("Ada")
    answers = ada.page.evaluate(f"async () => {{ const requests = [{NONSENSE}]; {SEND_ALL} }}")
    assert [answer for answer in answers if not answer.get("error")] == []
    expect(ada.posts("Eve left")).to_be_visible()
    assert ada.page.locator(".post").count() == 0


def test_page_comes_back_after_the_server_was_away(browser, server):
    ada = new_window(browser, server.address()).joined("Ada")
    port = int(ada.address.rstrip("/").rpartition(":")[2])
    assert server.stop()[1] == ""
    expect(ada.page.get_by_text("Connection lost. Trying to reconnect…")).to_be_visible()
    ada.say("Written while away")
    expect(ada.posts("Written while away")).to_contain_text("Waiting for the connection")
    again = Server(port=port)
    try:
        again.address()
        expect(ada.posts("Written while away")).to_contain_text("Delivered")
        expect(ada.page.get_by_text("Connection lost")).to_have_count(0)
        ben = new_window(browser, ada.address).joined("Ben")
        expect(ben.posts("Written while away")).to_have_count(1)
        errors = [*ada.errors, *ben.errors]
        for one in (ada, ben):
            one.page.context.close()
    finally:
        again.stop()
    # The browser itself reports each attempt to connect that fails.
    expected = ("ERR_CONNECTION", "WebSocket connection to")
    assert [text for text in errors if not any(part in text for part in expected)] == []


def test_port_that_is_taken_is_said_in_one_line(client):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = Server(port=port)
        output, errors = server.process.communicate(timeout=60)
    assert server.process.returncode == 1
    assert output == ""
    assert errors == (
        f"Port {port} on 127.0.0.1 is taken. Choose another with --port (0 finds a free one).\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="needs SIGINT")
def test_ctrl_c_ends_it_quietly(client):
    server = Server()
    server.address()
    assert server.stop() == ("\nChat stopped.\n", "")
    assert server.process.returncode == 0


def test_missing_client_is_explained(tmp_path):
    shutil.copytree(CHAT, tmp_path / "chat", ignore=shutil.ignore_patterns("node_modules"))
    server = Server(tmp_path / "chat")
    _, errors = server.process.communicate(timeout=60)
    assert server.process.returncode == 1
    assert "npm ci" in errors
