"""What a queue is told of its bindings, by whoever may publish to it."""

import pytest

from sio_core.cluster import safe_name
from sio_kombu.amqp_listener import LONGEST_NOTE, read_keys, write_keys
from sio_server.managers.cluster.over_amqp import BINDINGS


def test_keys_come_as_they_went() -> None:
    longest = [safe_name(f"{number:04}" + "x" * 500) for number in range(BINDINGS)]
    body = write_keys(longest)
    assert len(body) <= LONGEST_NOTE
    assert read_keys(body) == longest


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"1",
        b"[1, null, {}]",
        b"[" * LONGEST_NOTE,
        b'["x"]' + b" " * LONGEST_NOTE,
    ],
)
def test_anything_else_tells_nothing(body: bytes) -> None:
    assert list(read_keys(body)) == []
