"""The two links to a broker of AMQP: when they are made, given up and closed, in both colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from sio_core.cluster import Publication
from sio_core.handlers.flows import resolve
from sio_server.managers.cluster.amqp_names import AmqpNames, BoundKeys
from sio_server.managers.cluster.broker import BrokerError
from sio_server.managers.cluster.over_amqp import (
    BINDINGS,
    AmqpLinks,
    AmqpMethods,
    BlockingAmqpMethods,
)

MESSAGE = [Publication("chat", b"hello")]


class LibraryError(Exception):
    """What a library of brokers raises."""


@contextmanager
def as_broker_errors() -> Iterator[None]:
    try:
        yield
    except LibraryError as error:
        raise BrokerError(str(error)) from error


class Link:
    """A connection in memory."""

    def __init__(self, purpose: str, keys: BoundKeys | None = None) -> None:
        self.purpose, self.keys = purpose, keys
        self.is_open, self.fails, self.ended = True, False, False
        self.did: list[Any] = []

    def do(self, what: Any) -> None:
        if self.fails:
            raise LibraryError("broken")
        self.did.append(what)

    def publish(self, publications: Sequence[Publication]) -> None:
        self.do(publications)

    def are_strangers(self) -> bool:
        self.do("asked")
        return True

    def receive(self) -> Sequence[Any]:
        self.do("received")
        return (("chat", b"hello"),)


class InMemory(AmqpLinks):
    """Links that are kept in `links`, in the order in which they were made."""

    errors = staticmethod(as_broker_errors)

    def __init__(self) -> None:
        super().__init__(None, AmqpNames("socketio"))
        self.links: list[Link] = []
        self.cannot_connect = False

    def _listen(self) -> Link:
        return self._made(Link("listens", self._keys))

    def _open(self) -> Link:
        return self._made(Link("publishes"))

    def _made(self, link: Link) -> Link:
        if self.cannot_connect:
            raise LibraryError("not there")
        self.links.append(link)
        return link

    def _bind(self, listener: Link, channels: Sequence[str]) -> None:
        listener.do(len(channels))

    def _unbind(self, listener: Link) -> None:
        listener.do([*self._keys.unwanted()])

    def _end(self, link: Link) -> None:
        link.ended = True


class Awaiting(InMemory, AmqpMethods):
    """The methods for asyncio."""


class Blocking(InMemory, BlockingAmqpMethods):
    """The methods for threads."""


@pytest.fixture(params=[Awaiting, Blocking])
def broker(request: pytest.FixtureRequest) -> Any:
    make: Callable[[], Any] = request.param
    return make()


async def refused(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(BrokerError, match=text):
        await resolve(call())


async def test_nothing_is_heard_before_it_is_connected(broker: Any) -> None:
    for call in (
        broker.receive,
        lambda: broker.subscribe(["a"]),
        lambda: broker.unsubscribe(["a"]),
    ):
        await refused(call, "not connected")
    assert broker.links == []


async def test_a_connection_that_cannot_be_made(broker: Any) -> None:
    broker.cannot_connect = True
    await refused(broker.connect, "not there")
    await refused(lambda: broker.publish(MESSAGE), "not there")
    await refused(broker.receive, "not connected")


async def test_connecting_again_ends_the_link_before_and_forgets_its_keys(broker: Any) -> None:
    await resolve(broker.connect())
    await resolve(broker.subscribe(["chat"]))
    await resolve(broker.connect())
    first, second = broker.links
    assert (first.ended, second.ended) == (True, False)
    assert first.keys.named("chat") == "chat"
    assert second.keys.named("chat") is None


async def test_bindings_are_asked_for_some_at_a_time(broker: Any) -> None:
    await resolve(broker.connect())
    await resolve(broker.subscribe([f"c{number}" for number in range(BINDINGS + 1)]))
    await resolve(broker.unsubscribe(["c1", "c2"]))
    assert broker.links[0].did == [BINDINGS, 1, ["c1", "c2"]]


async def test_receiving(broker: Any) -> None:
    await resolve(broker.connect())
    assert await resolve(broker.receive()) == (("chat", b"hello"),)
    broker.links[0].fails = True
    await refused(broker.receive, "broken")


async def test_one_link_publishes_until_it_breaks(broker: Any) -> None:
    await resolve(broker.publish(MESSAGE))
    assert await resolve(broker.count_subscribers(["socketio", "socketio#all"])) == [1, 0]
    assert broker.links[0].did == [MESSAGE, "asked"]
    broker.links[0].fails = True
    await refused(lambda: broker.publish(MESSAGE), "broken")
    assert broker.links[0].ended
    await resolve(broker.publish(MESSAGE))
    assert broker.links[1].did == [MESSAGE]
    broker.links[1].is_open = False  # it was lost while nobody used it
    await resolve(broker.publish(MESSAGE))
    assert [link.ended for link in broker.links] == [True, True, False]


async def test_the_end_closes_both_links(broker: Any) -> None:
    await resolve(broker.connect())
    await resolve(broker.publish(MESSAGE))
    await resolve(broker.close())
    assert [link.ended for link in broker.links] == [True, True]
    await resolve(broker.close())
    await refused(broker.receive, "not connected")
