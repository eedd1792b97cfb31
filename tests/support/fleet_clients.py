"""What tests of fleets do with the clients of its members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.driven import Drive, Driven

if TYPE_CHECKING:
    from tests.support.fleet import Member

Fleet = Callable[..., "Member"]
BINARY = bytes(range(256))


async def joined(drive: Drive, member: Member, *rooms: str) -> Driven:
    """A client of a member, in rooms, that answers the event `question`."""
    client = drive()
    client.watch()
    client.on("question", lambda *args: (*args, "answer"))
    await client.connect(member.url, auth={"rooms": list(rooms)}, transports=["websocket"])
    await client.received("welcome")
    return client


async def hears(client: Driven, member: Member, word: str = "begun") -> None:
    """Have a member emit until a client of another has heard it: then they are one fleet."""
    while not client.got(word):
        await member.do("emit", word, {})
        await asyncio.sleep(0.02)


async def in_room(client: Driven, room: str, *, there: bool = True) -> None:
    """Wait until a client is in a room, or is not any more."""
    while (room in await client.call("rooms")) is not there:
        await asyncio.sleep(0.02)


async def do_every_operation(drive: Drive, first: Member, second: Member, emitter: Member) -> None:
    """Have two servers and a process that only emits do what a fleet can do: the contract."""
    one, two = await joined(drive, first, "blue"), await joined(drive, second, "red")
    await hears(one, second)
    await hears(two, first)
    sid = two.sio.sid

    await first.do("emit", "news", BINARY, to="red")
    assert await two.received("news") == [(BINARY,)]
    await second.do("emit", "news", {"n": 1}, skip_sid=sid)
    assert await one.received("news") == [({"n": 1},)]
    assert await first.do("ask", "question", ["x", 1], to=sid) == [["x", 1], "answer"]
    assert await first.do("call", "question", "x", to=sid) == ["x", "answer"]

    await first.do("enter_room", sid, "a room")
    await in_room(two, "a room")
    await second.do("emit", "news", 2, to=["a room", "blue"], skip_sid=sid)
    assert await one.received("news", 2) == [({"n": 1},), (2,)]
    await emitter.do("enter_room", sid, room="white", namespace="/")
    await in_room(two, "white")
    await emitter.do("emit", "last", BINARY, room="a room")
    assert await two.received("last") == [(BINARY,)]
    await emitter.do("close_room", "white", "/")
    await in_room(two, "white", there=False)
    await emitter.do("disconnect", sid, "/")
    await two.received("disconnect")
    assert len(two.got("news")) == 1
