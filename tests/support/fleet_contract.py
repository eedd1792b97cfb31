"""What every fleet does, whatever its broker: the contract of managers, process by process.

The clients of a `Crowd` are in the rooms that `ROOMS` has for them. A process is ours or one of
python-socketio, which cannot do all of it: `OURS` says where that is so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from tests.support.fleet import Member
from tests.support.fleet_crowd import Crowd, Listener

CLIENTS = 40
ODD = "odd: a.room * #with > signs ä"
ROOMS = [
    [ODD if number % 2 else "even", *(["fives"] if number % 5 == 0 else [])]
    for number in range(CLIENTS)
]
BINARY = bytes(range(256))
NESTED = {"deep": [b"\0", {"deeper": BINARY}], "text": "ä"}

Target = tuple[Mapping[str, Any], Any, Callable[[Listener], bool]]
"""How an event is addressed, what it carries, and who gets it."""


def is_ours(member: Member) -> bool:
    """Tell whether a process is one of this project's."""
    return member.make.startswith("ours")


def targets(crowd: Crowd) -> list[Target]:
    """Return events of every kind that a process can emit."""
    one, two, three = (client.sid for client in crowd.clients[-3:])
    return [
        ({}, "everyone", lambda client: True),
        ({"room": "even"}, "a room", lambda client: "even" in client.rooms),
        ({"to": ODD}, {"odd": True}, lambda client: ODD in client.rooms),
        (
            {"to": [ODD, "fives"]},
            ["rooms", 1],
            lambda client: ODD in client.rooms or "fives" in client.rooms,
        ),
        ({"to": one}, "one client", lambda client: client.sid == one),
        ({"to": two}, BINARY, lambda client: client.sid == two),
        ({"skip_sid": one}, NESTED, lambda client: client.sid != one),
        (
            {"to": "even", "skip_sid": [one, two, three]},
            None,
            lambda client: "even" in client.rooms and client.sid not in (one, two, three),
        ),
        ({"to": "a room of nobody"}, "nobody", lambda client: False),
        ({"namespace": "/chat"}, "another namespace", lambda client: False),
    ]


async def emits_reach_whom_they_are_for(crowd: Crowd) -> None:
    """Have each process emit everything: each client gets what is its, once and in order."""
    for number, member in enumerate(crowd.members):
        for address, data, _ in targets(crowd):
            await member.do("emit", "news", [number, data], **address)
    await crowd.have_heard_all()
    for client in crowd.clients:
        for number in range(len(crowd.members)):
            heard = [data for [[source, data]] in client.got("news") if source == number]
            expected = [data for _, data, is_for in targets(crowd) if is_for(client)]
            assert heard == expected


async def answers_come_back(crowd: Crowd) -> None:
    """Have each server ask a client of each other one; a process that only emits cannot."""
    for member in crowd.servers:
        for client in (*crowd.others(member), crowd.of(member)[-1]):
            ours = is_ours(member) and is_ours(client.member)
            # Acknowledgements of python-socketio carry no bytes to another process.
            values = [BINARY, 1] if ours else ["x", 1]
            assert await member.do("ask", "question", values, to=client.sid) == [values, "answer"]
            assert await member.do("call", "question", "y", to=client.sid) == ["y", "answer"]
    client = crowd.clients[0]
    with pytest.raises(RuntimeError, match="allback"):
        await crowd.emitter.do("ask", "question", "x", to=client.sid)


async def clients_of_any_process_are_moved(crowd: Crowd) -> None:
    """Have each process move clients of every server into rooms and out, and disconnect them."""
    await done(crowd, *(moves(crowd, number) for number in range(len(crowd.members))))


async def done(crowd: Crowd, *actions: Awaitable[None]) -> None:
    """Do things at the same time, but in turn where some are python-socketio's.

    Its managers for RabbitMQ have one connection to publish, which several cannot use at a time.
    """
    if all(map(is_ours, crowd.members)):
        await asyncio.gather(*actions)
        return
    for action in actions:
        await action


async def moves(crowd: Crowd, number: int) -> None:
    """Have one process do it, with a client of each server that no other process moves."""
    member, room = crowd.members[number], f"hall {number}"
    moved = [crowd.of(server)[number] for server in crowd.servers]
    await done(crowd, *(enter(member, client, room) for client in moved))
    await hear_in(crowd, room, moved)
    left, *stayed = moved
    await member.do("leave_room", left.sid, room=room, namespace="/")
    await left.in_room(room, there=False)
    for source in crowd.members:
        await source.do("emit", "after", number, to=room)
    await crowd.have_heard_all()
    assert left.got("after") == []
    for client in stayed:
        assert client.got("after") == [[number]] * len(crowd.members)
    await member.do("close_room", room, namespace="/")
    await done(crowd, *(client.in_room(room, there=False) for client in stayed))
    await done(crowd, *(goes(crowd, member, client) for client in moved))


async def enter(member: Member, client: Listener, room: str) -> None:
    """Have a process put a client into a room."""
    await member.do("enter_room", client.sid, room=room, namespace="/")
    await client.in_room(room)


async def hear_in(crowd: Crowd, room: str, clients: list[Listener]) -> None:
    """Have each process emit to a room until its clients have heard it, and nobody else."""
    word = f"word for {room}"

    async def say(number: int, member: Member) -> None:
        while not all([number] in client.got(word) for client in clients):
            await member.do("emit", word, number, room=room)
            await asyncio.sleep(0.02)

    await done(crowd, *(say(*each) for each in enumerate(crowd.members)))
    assert not any(client.got(word) for client in crowd.clients if client not in clients)


async def goes(crowd: Crowd, member: Member, client: Listener) -> None:
    """Have a process disconnect a client, which servers of ours know before and after."""
    knowing = [server for server in crowd.servers if is_ours(server)]
    if not is_ours(client.member):
        knowing = []  # python-socketio cannot be asked
    for server in knowing:
        assert await server.do("is_connected_anywhere", client.sid)
    if not is_ours(member) and member is crowd.emitter:
        return  # python-socketio raises an AttributeError there
    await member.do("disconnect", client.sid, namespace="/")
    await client.until(lambda: client.left)
    for server in knowing:
        while await server.do("is_connected_anywhere", client.sid):
            await asyncio.sleep(0.02)
