"""Log lines that clients can cause again and again: few of many are written."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from sio_core import Request
from tests.support import colours
from tests.support.colours import Colour

LOG = logging.getLogger("test.repeated")


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str, bool]]:
    """Level and text of each line, and whether a traceback follows it."""
    return [
        (record.levelno, record.getMessage(), record.exc_info is not None)
        for record in caplog.records
        if record.name == LOG.name and record.levelno > logging.INFO
    ]


@pytest.mark.parametrize("waits", [False, True], ids=["plain", "waits"])
def test_a_handler_that_raises(
    colour: Colour, waits: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: str, sid: str) -> None:
        raise RuntimeError("broken")

    sio = colour.server(logger=LOG)
    sio.on("*", colour.handler(broken) if waits else broken)
    sio.on("echo", lambda sid: 1)
    client = colours.Client(colour, sio)
    client.connect()
    peer = sio._engine.sessions[client.eio_sid].driver
    client.send('2["event 0"]')
    colours.until(colour, lambda: peer.pending == 0)
    client.send(*(f'2["event {number}"]' for number in range(1, 25)))
    assert client.ask("echo") == [1]
    colours.until(colour, lambda: peer.pending == 0)
    first, tenth = lines(caplog)
    assert first == (logging.ERROR, "the handler of 'event 0' raised an exception", True)
    level, text, traceback = tenth
    assert (level, traceback) == (logging.ERROR, False)
    assert text.endswith("raised an exception (10 times within 60 s)")


def test_refused_requests(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    sio = colour.server(engineio_logger=LOG)
    for number in range(25):
        for query in (f"EIO=4&transport=pigeon{number}", f"EIO={number + 5}&transport=polling"):
            response = colour.http(sio, Request("GET", query, host="testserver"), b"")
            assert response.status == 400
    pigeon = "request refused: transport is not one of the allowed (see transports)"
    revision = "request refused: client speaks another Engine.IO revision: see allow_eio3"
    assert lines(caplog) == [
        (logging.WARNING, pigeon, False),
        (logging.WARNING, revision, False),
        (logging.WARNING, f"{pigeon} (10 times within 60 s)", False),
        (logging.WARNING, f"{revision} (10 times within 60 s)", False),
    ]


def test_a_function_that_decides_and_raises(
    colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    def allow(environ: Any) -> None:
        raise RuntimeError("broken")

    sio = colour.server(logger=LOG, allow_request=allow)
    for _ in range(5):
        request = Request("GET", "EIO=4&transport=polling", host="testserver")
        assert colour.http(sio, request, b"").status == 403
    message = "a function that decides about requests raised"
    assert lines(caplog) == [(logging.ERROR, message, True)]
