"""Reflex, whose page is built with npm and used in Chromium."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.field.running import APPS, variables
from tests.support.browser import chromium_browser
from tests.support.components import require
from tests.support.forwarder import Forwarder
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, Served, answers

BUILDING = 20 * PATIENCE


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def way(port: int) -> Iterator[Forwarder]:
    """Where the page finds its events, as it is built."""
    with Forwarder(port) as forwarder:
        yield forwarder


@pytest.fixture
def reflex(tmp_path: Path, port: int, way: Forwarder) -> Iterator[Served]:
    """The program of `apps/reflex_program`, built and served; one port has the page and events."""
    python = Path(require("field-more"))
    folder, output = tmp_path / "program", tmp_path / "program.log"
    shutil.copytree(APPS / "reflex_program", folder)
    with output.open("wb") as file:
        process = subprocess.Popen(
            [
                *(str(python.with_name("reflex")), "run", "--env", "prod"),
                *("--frontend-port", str(port), "--backend-port", str(port)),
                *("--backend-host", "127.0.0.1"),
            ],
            cwd=folder,
            env=variables(
                PATH=os.pathsep.join([str(python.parent), os.environ["PATH"]]),
                REFLEX_API_URL=way.url,
                REFLEX_USE_NPM="1",
                REFLEX_DIR=str(tmp_path / "tools"),
                TELEMETRY_ENABLED="false",
            ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    try:
        for _ in range(int(BUILDING // PATIENCE)):
            if not served.alive() or answers(served):
                break
        assert served.alive(), served.log()
        yield served
    finally:
        served.stop()
    served.check()


@pytest.mark.timeout(2 * BUILDING)
def test_a_page_of_reflex(reflex, way):
    with chromium_browser() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(reflex.origin)
        number = page.get_by_role("heading")

        def shows(text: str) -> None:
            number.get_by_text(text, exact=True).wait_for()

        shows("0")
        page.get_by_role("button", name="Add").click()
        shows("2")
        page.get_by_role("button", name="Climb").click()
        shows("32")
        page.get_by_role("button", name="Reset").click()
        shows("-1")
        page.get_by_role("button", name="Add").click()
        shows("1")
        with page.expect_websocket():
            way.cut()
        page.get_by_role("button", name="Add").click()
        shows("3")
