"""NiceGUI and Chainlit with their own pages, in Chromium."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.field.running import APPS, heard, serving
from tests.support.browser import chromium_browser
from tests.support.forwarder import Forwarder
from tests.support.servers import PATIENCE, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with chromium_browser() as chromium:
        yield chromium


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page that fetches nothing from other machines, such as fonts."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(lambda url: "//127.0.0.1:" not in url, lambda route: route.abort())
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="module")
def nicegui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    program = str(APPS / "nicegui_program.py")
    with serving(tmp_path_factory.mktemp("nicegui"), lambda port: [program, str(port)]) as served:
        yield served


@pytest.fixture(scope="module")
def chainlit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    program = str(APPS / "chainlit_program.py")
    command = ("-m", "chainlit", "run", program, "--headless", "--port")
    with serving(tmp_path_factory.mktemp("chainlit"), lambda port: [*command, str(port)]) as served:
        yield served


def press(page: "Page", name: str) -> None:
    page.get_by_role("button", name=name).click()


def say(page: "Page", text: str) -> None:
    page.locator("#chat-input").fill(text)
    page.locator("#chat-submit").click()


def reads(page: "Page", text: str) -> None:
    """Wait until the text is on the page."""
    page.get_by_text(text, exact=True).wait_for()


def ticks_on(page: "Page") -> None:
    """Wait until the timer's label has changed, and then a few times more."""
    for _ in range(3):
        now = page.get_by_text("ticked ").text_content()
        reads_not(page, str(now))


def reads_not(page: "Page", text: str) -> None:
    """Wait until the text is not on the page."""
    page.get_by_text(text, exact=True).wait_for(state="detached")


def test_a_page_of_nicegui_lives(nicegui, page):
    page.goto(f"{nicegui.origin}?name=Ada")
    press(page, "click")
    reads(page, "clicked 1")
    press(page, "ask")
    reads(page, "the browser says 42")
    ticks_on(page)


def test_a_page_of_nicegui_goes_on_after_a_lost_connection(nicegui, page):
    with Forwarder(nicegui.port) as way:
        page.goto(f"{way.url}?name=Ben")
        press(page, "click")
        reads(page, "clicked 1")
        page.evaluate("window.kept = 'the same page'")
        way.cut()
        heard(nicegui, "Ben disconnected")
        press(page, "click")  # the server hears of it once there is a connection again
        reads(page, "clicked 2")
        ticks_on(page)
        assert page.evaluate("window.kept") == "the same page"
        assert "Ben deleted" not in nicegui.log()
        way.open = False
        way.cut()
        heard(nicegui, "Ben deleted")  # after its reconnect_timeout


def test_nicegui_cleans_up_after_a_page_that_is_left(nicegui, page):
    page.goto(f"{nicegui.origin}?name=Cid")
    reads(page, "clicked 0")
    heard(nicegui, "Cid connected")
    page.goto("about:blank")
    heard(nicegui, "Cid deleted")
    said = [line.split()[1] for line in nicegui.log().splitlines() if line.startswith("Cid")]
    assert said == ["connected", "disconnected", "deleted"]


def test_a_chat_of_chainlit(chainlit, page):
    mark = chainlit.mark()
    page.goto(chainlit.origin)
    reads(page, "Welcome")
    say(page, "hello")
    reads(page, "1: hello")
    say(page, "stream")
    reads(page, "one two three")
    say(page, "ask")
    reads(page, "What is your name?")
    say(page, "Ada")
    reads(page, "Hello Ada")
    say(page, "choose")
    press(page, "Yes")
    reads(page, "You chose 7")
    say(page, "bye")
    reads(page, "5: bye")
    page.locator("#new-chat-button").click()
    press(page, "Confirm")
    heard(chainlit, "the chat has ended", mark)


def test_a_session_of_chainlit_is_restored_after_a_lost_connection(chainlit, page):
    with Forwarder(chainlit.port) as way:
        page.goto(way.url)
        reads(page, "Welcome")
        say(page, "before")
        reads(page, "1: before")
        with page.expect_websocket():
            way.cut()
        say(page, "after")
        reads(page, "2: after")
        reads(page, "1: before")
