"""A broker of kombu that is not one of AMQP: kombu's own, in memory."""

from threading import Thread
from typing import Any

import pytest

from sio_core.cluster import Publication
from sio_kombu import KombuManager
from sio_server.managers.cluster.broker import BrokerError


def connected() -> Any:
    broker = KombuManager("memory://", channel="mine")._make_broker()
    broker.connect()
    assert broker.receive() == [("mine", None)]
    return broker


def test_everything_goes_to_all_in_order() -> None:
    first, second = connected(), connected()
    messages = [Publication("mine", b'{"n":%d}' % n, {"n": n}) for n in range(3)]
    first.publish(messages)
    for broker in (first, second):
        found: list[Any] = []
        while len(found) < 3:
            found += broker.receive()
        assert [
            (name, bytes(body, "utf-8") if isinstance(body, str) else body) for name, body in found
        ] == [(message.channel, message.payload) for message in messages]
        assert broker.count_subscribers(("mine",)) is None
        broker.close()


def test_who_waits_hears_of_the_end() -> None:
    broker = connected()
    errors: list[BrokerError] = []

    def wait() -> None:
        try:
            broker.receive()
        except BrokerError as error:
            errors.append(error)

    thread = Thread(target=wait)
    thread.start()
    broker.close()
    thread.join(30)
    assert len(errors) == 1
    with pytest.raises(BrokerError, match="not connected"):
        broker.receive()
