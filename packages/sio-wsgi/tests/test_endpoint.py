"""`endpoint.py`: others have their turn while one client sends ever more."""

import pytest

from sio_core.websocket import PING, TEXT, FrameReader, frame_masked
from sio_wsgi.endpoint import MUCH, _read

KEY = b"\1\2\3\4"


class Connection:
    """Counts turns of others, and what comes between two of them."""

    def __init__(self):
        self.turns = 0
        self.codes = []

    def receive(self, frame):
        pass

    def pong(self, payload):
        pass

    def end(self, code, reason=""):
        self.codes.append(code)

    def let_others_run(self):
        self.turns += 1


def frame(first, payload=b""):
    return frame_masked(first, payload, KEY)


@pytest.mark.parametrize(
    ("piece", "codes"),
    [
        (frame(0, b"x"), []),
        (frame(PING), []),
        (b"\xff" * 6, [1002]),
    ],
    ids=["fragments", "pings", "noise"],
)
def test_others_have_their_turn_behind_each_read_that_brings_much(piece, codes):
    connection = Connection()
    much = piece * (MUCH // len(piece) + 1)
    reads = [frame(TEXT & 0x7F, b"4"), much, much, much, piece, b""]
    _read(connection, lambda: reads.pop(0), FrameReader(1_000_000))
    assert connection.turns >= 3
    assert connection.codes == codes
