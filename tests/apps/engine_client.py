"""Clients of Engine.IO of both colours, for whichever `engineio` is installed.

`python -m tests.apps.engine_client async|blocking URL`: connects over every transport, talks with
`tests.apps.engine`, and prints what happened as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import engineio
from engineio.exceptions import ConnectionError

TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])
DATA: list[Any] = ["text", "a€😀", {"a": [1, {"b": None}]}, [1, "two", True], bytes(range(256))]
PATIENCE = 30.0
# The asyncio client of python-engineio closes its connection before it has read why it is refused,
# and then raises what aiohttp does, unless both came in one read.
REFUSED = (ConnectionError,) if hasattr(engineio, "_lazy") else (ConnectionError, RuntimeError)


def plain(data: Any) -> Any:
    """Return what JSON can say of a message."""
    return f"{len(data)} bytes" if isinstance(data, bytes) else data


def blocking(url: str, transports: list[str], happened: list[Any]) -> None:
    """Talk in threads."""
    eio = engineio.Client()
    messages, left = eio.create_queue(), eio.create_event()
    eio.on("message", messages.put)
    eio.on("connect", lambda: happened.append("connect"))

    @eio.on("disconnect")
    def disconnected(reason: str) -> None:
        happened.append(str(reason))
        left.set()

    eio.connect(f"{url}/?greet=1", transports=transports)
    happened.append([eio.state, plain(messages.get(timeout=PATIENCE))])
    for data in DATA:
        eio.send(data)
        happened.append(plain(messages.get(timeout=PATIENCE)))
    until = time.monotonic() + PATIENCE
    while eio.transport() != transports[-1] and time.monotonic() < until:
        eio.sleep(0.01)
    happened.append(eio.transport())
    eio.send({"do": "close"})
    left.wait(PATIENCE)
    # Another one: that of python-engineio takes half a minute to get over it.
    eio = engineio.Client()
    eio.on("disconnect", lambda reason: happened.append(str(reason)))
    eio.connect(url, transports=transports)
    eio.disconnect()
    try:
        engineio.Client().connect(f"{url}/?refuse=data", transports=transports)
    except ConnectionError:
        happened.append("refused")


async def awaiting(url: str, transports: list[str], happened: list[Any]) -> None:
    """Talk on asyncio."""
    eio = engineio.AsyncClient()
    messages, left = eio.create_queue(), eio.create_event()
    eio.on("message", messages.put)
    eio.on("connect", lambda: happened.append("connect"))

    @eio.on("disconnect")
    async def disconnected(reason: str) -> None:
        happened.append(str(reason))
        left.set()

    await eio.connect(f"{url}/?greet=1", transports=transports)
    happened.append([eio.state, plain(await asyncio.wait_for(messages.get(), PATIENCE))])
    for data in DATA:
        await eio.send(data)
        happened.append(plain(await asyncio.wait_for(messages.get(), PATIENCE)))
    until = time.monotonic() + PATIENCE
    while eio.transport() != transports[-1] and time.monotonic() < until:
        await eio.sleep(0.01)
    happened.append(eio.transport())
    await eio.send({"do": "close"})
    await asyncio.wait_for(left.wait(), PATIENCE)
    eio = engineio.AsyncClient()
    eio.on("disconnect", lambda reason: happened.append(str(reason)))
    await eio.connect(url, transports=transports)
    await eio.disconnect()
    try:
        await engineio.AsyncClient().connect(f"{url}/?refuse=data", transports=transports)
    except REFUSED:
        happened.append("refused")


def main(colour: str, url: str) -> None:
    """Print what happened over each of the transports."""
    every = []
    for transports in TRANSPORTS:
        happened: list[Any] = []
        if colour == "async":
            asyncio.run(awaiting(url, transports, happened))
        else:
            blocking(url, transports, happened)
        every.append(happened)
    print(json.dumps(every), flush=True)
    os._exit(0)  # the threads of python-engineio's client wait for half a minute


if __name__ == "__main__":
    main(*sys.argv[1:])
