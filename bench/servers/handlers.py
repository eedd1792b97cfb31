"""The application that is measured, written against the `socketio` interface alone.

Both sides of the comparison run this file as it stands, so it uses nothing that only one of them
has. The defaults are what is compared: no option is set but the interval of heartbeats, of a crowd,
and the parser, of `--parser`.
"""

import os
import random
from typing import Any

from stalls import Stalls

NEWS = {
    "id": 1234567,
    "title": "a headline of ordinary length",
    "tags": ["alpha", "beta"],
    "score": 0.75,
    "ok": True,
}  # about 100 bytes of JSON


def options() -> dict[str, Any]:
    """Return the options of the server."""
    found: dict[str, Any] = {}
    if interval := os.environ.get("BENCH_PING_S"):
        found["ping_interval"] = float(interval)
    if parser := os.environ.get("BENCH_PARSER"):
        found["serializer"] = parser
    return found


def register(sio: Any) -> None:
    """Add the benchmark's handlers to an asynchronous server.

    The server is `Any` because two implementations of one interface are meant.
    """

    async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
        pass

    async def echo(sid: str, data: object) -> object:
        return data

    async def fanout(sid: str, count: int) -> None:
        for _ in range(count):
            await sio.emit("news", NEWS)

    async def join(sid: str, room: str) -> bool:
        await sio.enter_room(sid, room)
        return True

    async def rooms(sid: str, count: int, total: int) -> None:
        for _ in range(count):
            await sio.emit("news", NEWS, room=f"room{random.randrange(total)}")

    async def binfan(sid: str, count: int, size: int) -> None:
        blob = bytes(size)
        for _ in range(count):
            await sio.emit("blob", blob)

    notes: dict[str, list[int]] = {}

    async def note(sid: str, data: dict[str, Any]) -> None:
        count, total = notes.get(sid, (0, 0))
        notes[sid] = [count + 1, total + data["number"]]

    async def noted(sid: str) -> list[int]:
        return notes.pop(sid, [0, 0])

    async def stream(sid: str, count: int) -> None:
        for number in range(count):
            await sio.emit("item", {**NEWS, "number": number}, to=sid)

    stalls = Stalls()

    async def stall(sid: str) -> float:
        return stalls.longest()

    for handler in (connect, echo, fanout, join, rooms, binfan, note, noted, stream, stall):
        sio.on(handler.__name__, handler)


def register_blocking(sio: Any) -> None:
    """Add the same handlers to a blocking server."""

    def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
        pass

    def echo(sid: str, data: object) -> object:
        return data

    def fanout(sid: str, count: int) -> None:
        for _ in range(count):
            sio.emit("news", NEWS)

    def join(sid: str, room: str) -> bool:
        sio.enter_room(sid, room)
        return True

    def rooms(sid: str, count: int, total: int) -> None:
        for _ in range(count):
            sio.emit("news", NEWS, room=f"room{random.randrange(total)}")

    def binfan(sid: str, count: int, size: int) -> None:
        blob = bytes(size)
        for _ in range(count):
            sio.emit("blob", blob)

    for handler in (connect, echo, fanout, join, rooms, binfan):
        sio.on(handler.__name__, handler)
