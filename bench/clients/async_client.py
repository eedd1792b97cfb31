"""The measured AsyncClient: `python async_client.py LOOP SCENARIO TRANSPORT ... PORT`."""

import asyncio
import gc
import os
import time
from argparse import Namespace
from typing import Any

from measured import (  # first: it hides modules
    BURST,
    CONNECT_LIMIT_S,
    TEXT,
    WAIT_S,
    Stream,
    Window,
    arguments,
    check,
    resident_kib,
)

# isort: split
import socketio

AT_A_TIME = 20
"""Clients that connect at once, when there are many."""


async def connected(options: Namespace) -> Any:
    """Return a client that is connected; `Any` because two implementations are meant."""
    client: Any = socketio.AsyncClient(reconnection=False)
    await client.connect(options.url, transports=[options.transport], wait_timeout=WAIT_S)
    check(client.transport() == options.transport, f"the transport is {client.transport()}")
    return client


async def call(options: Namespace, window: Window) -> None:
    """Call and wait for the answer."""
    client = await connected(options)
    number = 0
    while window.open():
        number += 1
        data = f"{TEXT[:24]}{number:08}"
        answer = await client.call("echo", data, timeout=WAIT_S)
        check(answer == data, f"the answer to {data!r} was {answer!r}")
        window.add(1)
    await client.disconnect()


async def emit(options: Namespace, window: Window) -> None:
    """Emit a burst, and ask the server what it got."""
    client = await connected(options)
    burst = BURST[options.transport]
    while window.open():
        for number in range(burst):
            await client.emit("note", {"number": number, "text": TEXT})
        answer = await client.call("noted", timeout=WAIT_S)
        check(answer == [burst, burst * (burst - 1) // 2], f"the server got {answer}")
        window.add(burst)
    await client.disconnect()


async def receive(options: Namespace, window: Window) -> None:
    """Ask for a burst, and wait until the handler has had all of it."""
    client = await connected(options)
    stream = Stream(BURST[options.transport])
    done = asyncio.Event()

    async def item(data: Any) -> None:
        if stream.take(data):
            done.set()

    client.on("item", item)

    while window.open():
        await client.emit("stream", stream.size)
        await asyncio.wait_for(done.wait(), WAIT_S)
        done.clear()
        stream.restart()
        window.add(stream.size)
    await client.disconnect()


async def binary(options: Namespace, window: Window) -> None:
    """Call with bytes and wait until they are back."""
    client = await connected(options)
    while window.open():
        blob = os.urandom(1024)
        answer = await client.call("echo", blob, timeout=WAIT_S)
        check(answer == blob, "the answer has not the bytes that were sent")
        window.add(1)
    await client.disconnect()


async def open_(options: Namespace, window: Window) -> None:
    """Connect a new client and disconnect it."""
    while window.open():
        client = await connected(options)
        await client.disconnect()
        check(not client.connected, "still connected after disconnect()")
        window.add(1)


async def connect_many(options: Namespace) -> list[Any]:
    """Return as many of the clients as could be connected within the limit."""
    clients: list[Any] = []
    end = time.monotonic() + CONNECT_LIMIT_S
    while len(clients) < options.clients and time.monotonic() < end:
        count = min(AT_A_TIME, options.clients - len(clients))
        clients += await asyncio.gather(*(connected(options) for _ in range(count)))
    return clients


async def many(options: Namespace, window: Window) -> dict[str, float]:
    """Broadcast to many clients, and wait until each handler was called. Returns: more figures."""
    await (await connected(options)).disconnect()  # what the first of all brings into memory
    gc.collect()
    before = resident_kib()
    clients = await connect_many(options)
    gc.collect()
    figures = {"client_kib": (resident_kib() - before) / len(clients), "clients": len(clients)}
    counts = [0] * len(clients)
    waiting = 0
    done = asyncio.Event()

    def listen(index: int, client: Any) -> None:
        async def news(data: Any) -> None:
            nonlocal waiting
            check(data["title"] == "a headline of ordinary length", f"an event brought {data!r}")
            counts[index] += 1
            waiting -= 1
            if not waiting:
                done.set()

        client.on("news", news)

    for index, client in enumerate(clients):
        listen(index, client)
    rounds = 0
    while window.open():
        rounds += 1
        waiting = len(clients)
        await clients[rounds % len(clients)].emit("fanout", 1)
        await asyncio.wait_for(done.wait(), WAIT_S)
        done.clear()
        window.add(len(clients))
    check(set(counts) == {rounds}, f"of {rounds} broadcasts some got {set(counts)}")
    check(all(client.connected for client in clients), "not all are connected at the end")
    await asyncio.gather(*(client.disconnect() for client in clients))
    return figures


SCENARIOS = {"call": call, "emit": emit, "receive": receive, "binary": binary, "open": open_}


async def main(options: Namespace) -> None:
    """Run one scenario and print what it used."""
    window = Window(options.warmup, options.duration)
    figures: dict[str, float] = {}
    if options.scenario == "many":
        figures = await many(options, window)
    else:
        await SCENARIOS[options.scenario](options, window)
    window.report(**figures)


if __name__ == "__main__":
    options = arguments()
    factory = None
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main(options))
