"""An application of Engine.IO in both colours, for whichever `engineio` is installed.

What a client says it to do is in its messages: a dictionary with `do`, and all else is echoed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import engineio
from engineio.packet import MESSAGE, Packet

REFUSALS: dict[str, Any] = {"false": False, "text": "not today", "data": {"retry": 7}}
PATHS = {"engine.io": True, "ordered": False}
"""The path of each server, and its `async_handlers`."""


class Log(list[list[Any]]):
    """What has happened to the clients of a server, for tests to ask for."""

    released: Any = None
    """What a client is held for until another message releases it."""

    def note(self, *what: Any) -> None:
        self.append([str(each) for each in what])


def make_async(mode: str, async_handlers: bool, **options: Any) -> Any:
    """Return a server for asyncio, with its handlers."""
    eio = engineio.AsyncServer(async_mode=mode, async_handlers=async_handlers, **options)
    log, released = Log(), eio.create_event()

    @eio.on("connect")
    async def connect(sid: str, environ: dict[str, Any]) -> Any:
        query = parse_qs(environ["QUERY_STRING"])
        await eio.save_session(sid, {"query": sorted(query), "transport": eio.transport(sid)})
        log.note("connect")
        if "greet" in query:
            await eio.send(sid, ["welcome", 1])
        return refusal(query)

    @eio.on("message")
    async def message(sid: str, data: Any) -> None:
        order = data.get("do") if isinstance(data, dict) else None
        if order == "close":
            await eio.disconnect(sid)
        elif order == "close all":
            await eio.disconnect()
        elif order == "pack":
            await eio.send_packet(sid, Packet(MESSAGE, "packed"))
        elif order == "session":
            async with eio.session(sid) as session:
                session["seen"] = session.get("seen", 0) + 1
            await eio.send(sid, await eio.get_session(sid))
        elif order == "later":
            await eio.sleep(data["seconds"])
            await eio.send(sid, data["say"])
        elif order == "hold":
            await released.wait()
            await eio.send(sid, "held")
        elif order == "release":
            await eio.send(sid, "released")
            released.set()
        elif order == "fail":
            raise ValueError("as the client wished")
        elif order == "log":
            await eio.send(sid, [list(entry) for entry in log])
        else:
            await eio.send(sid, data)

    @eio.on("disconnect")
    async def disconnect(sid: str, reason: str) -> None:
        log.note("disconnect", reason, "query" in await eio.get_session(sid))

    return eio


def make_blocking(mode: str, async_handlers: bool, **options: Any) -> Any:
    """Return a server for threads or greenlets, with its handlers."""
    eio = engineio.Server(async_mode=mode, async_handlers=async_handlers, **options)
    log = Log()
    log.released = eio.create_event()

    @eio.on("connect")
    def connect(sid: str, environ: dict[str, Any]) -> Any:
        query = parse_qs(environ["QUERY_STRING"])
        eio.save_session(sid, {"query": sorted(query), "transport": eio.transport(sid)})
        log.note("connect")
        if "greet" in query:
            eio.send(sid, ["welcome", 1])
        return refusal(query)

    def message(sid: str, data: Any) -> None:
        order = data.get("do") if isinstance(data, dict) else None
        if order is None:
            eio.send(sid, data)
        else:
            ORDERS[order](eio, sid, data, log)

    eio.on("message", message)

    @eio.on("disconnect")
    def disconnect(sid: str, reason: str) -> None:
        log.note("disconnect", reason, "query" in eio.get_session(sid))

    return eio


def refusal(query: dict[str, list[str]]) -> Any:
    """Return what a connect handler returns for a query."""
    if "raise" in query:
        raise ValueError("as the client wished")
    return REFUSALS.get(query.get("refuse", [""])[0])


def _session(eio: Any, sid: str, data: Any, log: Log) -> None:
    with eio.session(sid) as session:
        session["seen"] = session.get("seen", 0) + 1
    eio.send(sid, eio.get_session(sid))


def _later(eio: Any, sid: str, data: Any, log: Log) -> None:
    eio.sleep(data["seconds"])
    eio.send(sid, data["say"])


def _hold(eio: Any, sid: str, data: Any, log: Log) -> None:
    log.released.wait()
    eio.send(sid, "held")


def _release(eio: Any, sid: str, data: Any, log: Log) -> None:
    eio.send(sid, "released")
    log.released.set()


def _fail(eio: Any, sid: str, data: Any, log: Log) -> None:
    raise ValueError("as the client wished")


ORDERS: dict[str, Callable[[Any, str, Any, Log], None]] = {
    "close": lambda eio, sid, data, log: eio.disconnect(sid),
    "close all": lambda eio, sid, data, log: eio.disconnect(),
    "pack": lambda eio, sid, data, log: eio.send_packet(sid, Packet(MESSAGE, "packed")),
    "session": _session,
    "later": _later,
    "hold": _hold,
    "release": _release,
    "fail": _fail,
    "log": lambda eio, sid, data, log: eio.send(sid, [list(entry) for entry in log]),
}
