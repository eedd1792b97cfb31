"""`revision.py`: the table of protocol 4, and that sessions keep to the one they were given."""

from dataclasses import replace

from sio_core.engineio import REVISIONS, Heartbeat, Server
from sio_core.engineio.revision import Control
from sio_core.engineio.session import Session
from sio_core.engineio.state import HEARTBEAT, HeartbeatInput


def test_protocol_4() -> None:
    assert list(REVISIONS) == ["4"]
    four = REVISIONS["4"]
    assert four.number == 4
    assert four.heartbeat is HEARTBEAT
    assert "".join(four.control) == "012356"
    assert four.control["2"] is Control.WRONG_WAY
    assert four.binary_message(b"\x04x") == b"\x04x"


def test_a_session_looks_everything_up() -> None:
    four = REVISIONS["4"]
    patient = {**HEARTBEAT, Heartbeat.WAITING: {HeartbeatInput.DEADLINE: Heartbeat.WAITING}}
    other = replace(four, control={"2": Control.IGNORED}, heartbeat=patient)
    server = Server(new_sid=lambda: "a")
    session = Session(server, "a", other)
    server.open(session, 0.0)
    assert session.receive_control("2", 0.0) is None
    reason = session.receive_control("3", 0.0)
    assert reason is not None
    assert reason.describe() == "parse error (unknown packet type)"
    for now in (25.0, 45.0, 65.0):
        assert server.handle_timeout(now) == []
    assert session.beat is Heartbeat.WAITING
