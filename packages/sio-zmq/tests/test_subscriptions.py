"""What a forwarder knows of those who subscribe."""

import pytest

from sio_zmq.subscriptions import Subscriptions


@pytest.fixture
def subscriptions() -> Subscriptions:
    return Subscriptions()


def test_each_subscription_counts_until_its_end(subscriptions: Subscriptions) -> None:
    question = b"?sio_zmq\0!me.1\0game\0game#all\0"
    assert subscriptions.answer(question) == b"!me.1\0=0,0,0"
    for words in (b"\1game\0", b"\1game\0", b"\1game#all\0", b"\1", b"\1game"):
        subscriptions.note(words)
    assert subscriptions.answer(question) == b"!me.1\0=1,2,1"
    for words in (b"\0game\0", b"\0", b"\0game#all\0", b"\0never\0"):
        subscriptions.note(words)
    assert subscriptions.answer(question) == b"!me.1\0=0,1,0"
    assert subscriptions.answer(b"?sio_zmq\0!me.1\0never\0") == b"!me.1\0=0,0"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (b"?sio_zmq\0", b"\0=0"),
        (b"?sio_zmq\0topic", b"topic\0=0"),
        (b"?sio_zmq\0\0\0\0", b"\0=0,0,0"),
    ],
)
def test_questions_that_nobody_asks(
    subscriptions: Subscriptions, question: bytes, answer: bytes
) -> None:
    assert subscriptions.answer(question) == answer
