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
SOON = {"probe_interval": 0.5, "probe_timeout": 1.0}
"""Options of a manager with which a server notices sooner that it does not hear itself."""


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
