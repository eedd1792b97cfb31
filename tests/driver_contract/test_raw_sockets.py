"""What the raw-socket server does beside the contract: time for heads and ends; bad requests."""

from collections.abc import Iterator

import pytest

from sio_core import Request
from sio_core.testing import WatchedServer
from tests.driver_contract.raw_rig import RawRig, Visitor

POLLING = "EIO=4&transport=polling"
PATIENCE = 25.0


class Raw(RawRig):
    """A rig with a server of its own."""

    def __init__(self) -> None:
        self.watched = WatchedServer()
        self.start(self.watched)

    def visit(self, data: bytes, *, stays: bool = False) -> Visitor:
        """A client that sends bytes, and one that `stays` does not hang up."""
        visitor: Visitor = self._run(self.accept)
        visitor.stays = stays
        self._run(lambda: visitor.say(data))
        return visitor

    def pass_time(self, seconds: float) -> None:
        self.watched.clock.advance(seconds)
        self.moved()

    def post(self, *headers: str) -> bytes:
        """The head of a POST request of a new session."""
        self.request(Request("GET", POLLING, host="a"))
        sid = list(self.watched.sessions)[-1]
        lines = [f"POST /?{POLLING}&sid={sid} HTTP/1.1", "Host: a", *headers, "", ""]
        return "\r\n".join(lines).encode()


@pytest.fixture
def raw() -> Iterator[Raw]:
    rig = Raw()
    yield rig
    rig.close()


def test_a_client_has_its_time_for_a_head(raw: Raw) -> None:
    visitors = [raw.visit(data) for data in (b"", b"GET / HTTP/1.1\r\nHost")]
    raw.pass_time(PATIENCE - 1)
    assert not any(visitor.over for visitor in visitors)
    raw.pass_time(1)
    assert all(visitor.over for visitor in visitors)


def test_a_client_that_was_answered_has_its_time_to_hang_up(raw: Raw) -> None:
    visitor = raw.visit(b"GET /?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n", stays=True)
    assert b"200 OK" in visitor.heard
    raw._run(lambda: visitor.say(b"more than one request"))
    raw.pass_time(PATIENCE)
    assert visitor.over


def test_what_comes_behind_an_answer_is_dropped(raw: Raw) -> None:
    visitor = raw.visit(raw.post("Transfer-Encoding: chunked"), stays=True)
    raw._run(lambda: visitor.say(b"f4241\r\n" + b"4" * 1_000_001))
    assert b" 413 " in visitor.heard
    raw._run(lambda: visitor.say(b"no end of a chunk"))
    assert visitor.heard.count(b"HTTP/1.1") == 1


def test_a_body_that_breaks_the_rules_ends_its_session(raw: Raw) -> None:
    visitor = raw.visit(raw.post("Transfer-Encoding: chunked") + b"1\r\n4no end of a chunk")
    assert (visitor.over, visitor.heard, raw.watched.sessions) == (True, b"", {})
    raw.pass_time(100)


def test_a_head_that_breaks_the_rules_is_answered_once(raw: Raw) -> None:
    visitor = raw.visit(b"hello\r\n\r\n", stays=True)
    raw._run(lambda: visitor.say(b"hello\r\n\r\n"))
    assert visitor.heard.count(b"HTTP/1.1 400") == 1
    raw.pass_time(PATIENCE)
    assert visitor.over
