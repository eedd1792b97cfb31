"""Limits: the server's size of messages, what waits for a slow server, acknowledgements owed."""

import pytest

from sio_core.exceptions import DisconnectedError, TimeoutError
from tests.support.misbehaviour import Hang, Step

from .conftest import MakeClient
from .loops import until
from .scripted import Scripted


def test_a_message_that_the_server_does_not_take_is_not_sent(
    make: MakeClient, scripted: Scripted, transports: list[str]
) -> None:
    client = make()
    client.watch()
    scripted.host.offer["maxPayload"] = 20_000
    client.connect(scripted.url, transports=transports)
    client.settled(transports)
    for data in ("x" * 21_000, "\u20ac" * 7_000):
        with pytest.raises(ValueError, match="larger than the 20000 bytes"):
            client.emit("echo", data)
    with pytest.raises(ValueError, match="larger than the 20000 bytes"):
        client.call("ask", b"x" * 21_000)
    # Together they would be too large for one request: they go in several.
    for number in range(8):
        client.emit("echo", number, "x" * 9_000)
    assert [number for number, _ in client.received("echoed", 8)] == list(range(8))
    assert client.got("disconnect") == []


def test_what_waits_for_a_server_that_does_not_read(make: MakeClient, scripted: Scripted) -> None:
    client = make(max_queue_bytes=10_000, reconnection=False)
    client.watch()
    client.connect(scripted.url, transports="polling")
    scripted.misbehave(Step.POST, Hang())
    client.emit("the last that is read")
    scripted.came_to(Step.POST)
    client.emit("echo", "x" * 9_000)
    assert client.sio.connected
    client.emit("echo", "x" * 9_000)
    client.wait()
    ((reason,),) = client.got("disconnect")
    assert reason.describe() == "transport error (too many bytes wait for a slow server)"


def test_the_oldest_of_too_many_acknowledgements_is_given_up(
    make: MakeClient, scripted: Scripted
) -> None:
    client = make(max_pending_acks=2)
    client.connect(scripted.url)
    calls = []
    for number in range(3):
        calls.append(client.begin("call", "mute", number, timeout=600))
        until(lambda: len(scripted.events) == number + 1)  # noqa: B023
    with pytest.raises(TimeoutError):
        calls[0].result(60)
    assert not calls[1].done()
    client.disconnect()
    for call in calls[1:]:
        with pytest.raises(DisconnectedError):
            call.result(60)
