"""Rooms that clients name, and clients whose connect handler has not let them in yet."""

from collections.abc import Iterator

import pytest

from tests.support import colours
from tests.support.colours import Colour


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


def test_nobody_enters_or_closes_the_room_of_another_clients_own(colour: Colour) -> None:
    sio = colour.server(namespaces=["/", "/other"])
    one, two = colours.Client(colour, sio), colours.Client(colour, sio)
    mine, theirs = one.connect(), two.connect()
    with pytest.raises(ValueError, match="cannot enter a sid room"):
        colour.result(sio.enter_room(mine, theirs))
    for sid in (mine, theirs):
        with pytest.raises(ValueError, match="cannot close a sid room"):
            colour.result(sio.close_room(sid))
    colour.result(sio.emit("secret", to=theirs))
    assert two.packet() == '2["secret"]'
    # One's own can be left and entered again, and a name of another namespace is a name.
    colour.result(sio.leave_room(mine, mine))
    colour.result(sio.enter_room(mine, mine))
    elsewhere = one.connect("/other")
    colour.result(sio.enter_room(elsewhere, theirs, namespace="/other"))
    colour.result(sio.close_room(theirs, namespace="/other"))
    colour.result(sio.emit("last", to=[mine, theirs]))
    assert (one.packet(), two.packet()) == ('2["last"]', '2["last"]')
    # A sid that is gone is a name like any other.
    two.leave()
    colour.result(sio.enter_room(mine, theirs))
    assert sio.rooms(mine) == [mine, theirs]
    colour.result(sio.close_room(theirs))
    assert sio.rooms(mine) == [mine]


@pytest.mark.parametrize("let_in", [True, False])
def test_nothing_reaches_a_client_before_it_is_let_in(colour: Colour, let_in: bool) -> None:
    sio = colour.server()
    witness = colours.Client(colour, sio)
    witness.connect()
    calls = [
        lambda sid: sio.enter_room(sid, "room"),
        lambda sid: sio.emit("early", 0),
        lambda sid: sio.emit("early", 1, to=sid),
        lambda sid: sio.emit("early", 2, to="room"),
    ]

    def blocking(sid: str, environ: object) -> bool:
        for call in calls:
            call(sid)
        return let_in

    async def coroutine(sid: str, environ: object) -> bool:
        for call in calls:
            await call(sid)
        return let_in

    sio.on("connect", coroutine if colour.name == "asyncio" else blocking)
    client = colours.Client(colour, sio)
    client.send("0")
    assert client.packet()[0] == ("0" if let_in else "4")
    assert witness.packet() == '2["early",0]'
    if let_in:
        assert [client.packet() for _ in range(3)] == [f'2["early",{n}]' for n in range(3)]
    colour.result(sio.emit("later"))
    assert witness.packet() == '2["later"]'
    client.send("0/nobody")
    rest = [client.packet()]
    if let_in:
        rest.append(client.packet())
    assert [packet[:3] for packet in rest] == (['2["', "4/n"] if let_in else ["4/n"])
