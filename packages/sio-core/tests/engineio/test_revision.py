"""`revision.py`: the tables of the protocols, and that sessions keep to the one they were given."""

from dataclasses import replace

from sio_core.engineio import REVISIONS, Heartbeat, Server
from sio_core.engineio.revision import OLDER_TEXT, Control
from sio_core.engineio.session import Session
from sio_core.engineio.state import HEARTBEAT, OLDER_HEARTBEAT, HeartbeatInput
from sio_core.prepared import Prepared


def test_protocol_4() -> None:
    assert list(REVISIONS) == ["4", "3"]
    four = REVISIONS["4"]
    assert four.number == 4
    assert four.heartbeat is HEARTBEAT
    assert "".join(four.control) == "012356"
    assert four.control["2"] is Control.WRONG_WAY
    assert four.decode_payload(b"4a\x1ebAQ==", 2) == ["4a", b"\x01"]


def test_protocol_3() -> None:
    three = REVISIONS["3"]
    assert three.number == OLDER_TEXT.number == 3
    assert three.heartbeat is OLDER_HEARTBEAT
    assert "".join(three.control) == "012356"
    assert three.control["2"] is Control.PING
    assert three.control["3"] is Control.WRONG_WAY
    assert three.decode_payload(b"2:4a6:b4AQ==", 2) == ["4a", b"\x01"]
    assert three.encode_payload([Prepared((b"\x01",))])[0] == b"\x01\x02\xff\x04\x01"
    assert OLDER_TEXT.encode_payload([Prepared((b"\x01",))])[0] == b"6:b4AQ=="


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
