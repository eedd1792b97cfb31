"""`server_protocol.py`: the protocol of the attempts that follow each other."""

from sio_core.engineio import ConnectionLost
from sio_core.reasons import Reason
from sio_core.socketio.client.server_protocol import ServerProtocol

ERROR = Reason("transport error")
REFUSED = ConnectionLost(ERROR, None, 400, b"Unsupported protocol version")
BROKEN = ConnectionLost(ERROR)


def test_a_protocol_that_is_given_stays() -> None:
    for given in (3, 4):
        protocol = ServerProtocol(given)
        assert not protocol.found_older()
        assert not protocol.failed(REFUSED)
        assert protocol.revision == given


def test_an_older_server_is_found_once() -> None:
    protocol = ServerProtocol(None)
    assert protocol.revision is None
    assert protocol.found_older()
    assert protocol.revision == 3
    assert not protocol.found_older()
    protocol.begin()
    assert protocol.revision == 3


def test_a_refusal_leads_to_the_other_protocol_once_an_attempt() -> None:
    protocol = ServerProtocol(None)
    assert not protocol.failed(BROKEN)
    assert protocol.failed(REFUSED)
    assert protocol.revision == 3
    assert not protocol.failed(REFUSED)
    assert protocol.revision is None
    assert not protocol.found_older()
    protocol.begin()
    assert protocol.failed(REFUSED)


def test_what_was_found_out_is_forgotten_when_an_attempt_fails() -> None:
    protocol = ServerProtocol(None)
    protocol.found_older()
    protocol.begin()
    assert not protocol.failed(BROKEN)
    assert protocol.revision is None


def test_a_server_that_has_become_one_of_today_is_found() -> None:
    protocol = ServerProtocol(None)
    protocol.found_older()
    protocol.begin()
    assert protocol.failed(REFUSED)
    assert protocol.revision is None
