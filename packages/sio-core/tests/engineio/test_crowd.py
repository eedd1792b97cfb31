"""`exchange.py` and `link.py`: how many sessions there may be, in all and for one address."""

from typing import Any

import pytest

from sio_core.engineio import Exchange, LinkState, Suspend
from sio_core.values import Headers, Request, Response

from .support import POLLING, WEBSOCKET, World, handshake_link, response


def come(
    world: World, address: str = "192.0.2.1", *, websocket: bool = False, headers: Headers = ()
) -> Exchange:
    """A handshake from an address, up to its first step."""
    query = WEBSOCKET if websocket else POLLING
    exchange = world.server.exchange(
        Request("GET", query, headers, websocket=websocket, address=address)
    )
    world.exchanges.append(exchange)
    events = exchange.start(world.now)
    if websocket and not isinstance(exchange.step, Response):
        world.adopt(handshake_link(exchange))
    world.note(events)
    return exchange


def turned_away(exchange: Exchange) -> tuple[int, str]:
    """The status of a refusal and what the log says."""
    assert exchange.refusal is not None
    answer = response(exchange)
    assert answer.body == b""
    return answer.status, exchange.refusal.context


FULL = (503, "there are too many sessions: see max_sessions")
FULL_FOR_ONE = (429, "one address has too many sessions: see max_sessions_per_address")


@pytest.mark.parametrize("websocket", [False, True])
def test_there_are_as_many_sessions_as_may_be(websocket: bool) -> None:
    world = World(max_sessions=2)
    first, _ = world.poller(), world.websocket()
    assert turned_away(come(world, websocket=websocket)) == FULL
    world.post(first, "1")
    come(world)
    assert len(world.server.sessions) == 2


@pytest.mark.parametrize("websocket", [False, True])
def test_an_address_has_as_many_sessions_as_may_be(websocket: bool) -> None:
    world = World(max_sessions_per_address=2)
    first = come(world).session
    assert first is not None
    come(world)
    assert turned_away(come(world, websocket=websocket)) == FULL_FOR_ONE
    assert turned_away(come(world, "::ffff:192.0.2.1")) == FULL_FOR_ONE
    come(world, "192.0.2.2")
    world.post(first, "1")
    come(world)
    assert turned_away(come(world)) == FULL_FOR_ONE
    assert len(world.server.sessions) == 3


def test_sessions_without_an_address_are_not_counted_by_it() -> None:
    world = World(max_sessions_per_address=1)
    for _ in range(3):
        come(world, "")
    assert len(world.server.sessions) == 3


def test_without_the_option_addresses_have_any_number() -> None:
    world = World()
    for _ in range(300):
        come(world)
    assert len(world.server.sessions) == 300


@pytest.mark.parametrize("options", [{"max_sessions": 1}, {"max_sessions_per_address": 1}], ids=str)
def test_whoever_opens_first_has_the_last_place(options: dict[str, Any]) -> None:
    world = World(**options)
    links = [handshake_link(come(world, websocket=True)) for _ in range(2)]
    for link in reversed(links):
        world.note(link.opened(world.now))
        world.drain()
    assert [link.state for link in links] == [LinkState.CLOSING, LinkState.ACTIVE]
    assert len(world.server.sessions) == 1
    world.lose(links[0])
    assert world.server.addresses.count("192.0.2.1") == 1


def test_the_application_is_asked_only_where_there_is_room_then_and_later() -> None:
    world = World(authorize=True, max_sessions=1)
    first, second = come(world), come(world)
    world.note(first.allow(world.now))
    world.note(second.allow(world.now))
    assert first.session is not None
    assert turned_away(second) == FULL
    assert turned_away(come(world)) == FULL


def test_a_session_keeps_no_more_than_it_may() -> None:
    world = World(max_header_bytes=100)
    small, large = (("a", "x" * 65),), (("a", "x" * 100),)
    assert come(world, headers=small).refusal is None
    assert turned_away(come(world, headers=large)) == (
        431,
        "headers are too large: see max_header_bytes",
    )
    (session,) = world.server.sessions.values()
    # Later requests are not kept.
    poll = world.get(session, headers=large)
    assert isinstance(poll.step, Suspend)
