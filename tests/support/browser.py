"""A headless Chromium, driven by Playwright, for tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.components import CHROMIUM_ARGS, give_up, require

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def chromium_browser() -> Iterator["Browser"]:
    """Start Chromium with a new, empty profile, and end it at the end of the block.

    Playwright's synchronous interface holds the thread's event loop until then: use it for one
    test module at most.
    """
    path = require("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("playwright", "playwright is missing", "python3 dev.py test")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        try:
            yield browser
        finally:
            browser.close()


def collect_errors(page: "Page") -> list[str]:
    """Note what the page reports as an error from now on.

    Returns: a list that grows, one text an error.
    """
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    return errors
