"""The examples of the documentation for Sanic, run through `import socketio`.

A Sanic of today has a name: the test gives `Sanic`, which the excerpt calls without one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic, text

from tests.support.documented import DOCUMENTED, not_named, run_documented
from tests.support.ports import free_port
from tests.support.raw import Polling, Socket, http_client
from tests.support.servers import ROOT, Served, answers

FOLDER = DOCUMENTED / "sanic"


def run(example: str, **names: Any) -> dict[str, Any]:
    """Run one example in a namespace with `names`; return what the namespace then holds."""
    return run_documented(example, FOLDER, **names)


@pytest.fixture(autouse=True)
def applications() -> Iterator[None]:
    """Forget the applications of a test."""
    yield
    for app in list(Sanic._app_registry.values()):
        Sanic.unregister_app(app)


def test_every_example_is_run_here() -> None:
    assert not not_named(FOLDER, __file__)


def program() -> Sanic[Any, Any]:
    """The application that the examples make, with a route of its own."""
    sio = run("mode")["sio"]
    sio.on("say", lambda sid, data: ("delivered", data))
    app: Sanic[Any, Any] = run("attach", sio=sio, Sanic=partial(Sanic, "documented"))["app"]
    app.add_route(lambda request: text("page"), "/page")
    return app


async def test_a_whole_program(tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "output"
    command = ("-m", "sanic", "tests.test_documented_sanic:program", "--factory")
    options = ("--single-process", "--no-motd", "--no-access-logs", "--port", str(port))
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command, *options],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(process, port, output)
    try:
        assert answers(served), served.log()
        for kind in (Polling, Socket):
            async with kind(served) as client:
                await client.join()
                assert await client.ask("say", 1) == ["delivered", 1]
        async with http_client(served) as http:
            assert (await http.get("/page")).text == "page"
    finally:
        served.stop()
    served.check()


def test_cross_origin_requests_are_left_to_the_extension() -> None:
    app: Sanic[Any, Any] = Sanic("documented")
    namespace = run("cors", app=app)
    namespace["sio"].attach(app)
    assert app.config.CORS_SUPPORTS_CREDENTIALS
    assert namespace["sio"].async_mode == "sanic"
