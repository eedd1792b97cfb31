"""The measured Client: `python blocking_client.py LOOP SCENARIO TRANSPORT ... PORT`."""

import os
import threading
from argparse import Namespace
from typing import Any

from measured import (  # first: it hides modules
    BURST,
    TEXT,
    WAIT_S,
    Stream,
    Window,
    arguments,
    check,
)

# isort: split
import socketio


def connected(options: Namespace) -> Any:
    """Return a client that is connected; `Any` because two implementations are meant."""
    client: Any = socketio.Client(reconnection=False)
    client.connect(options.url, transports=[options.transport], wait_timeout=WAIT_S)
    check(client.transport() == options.transport, f"the transport is {client.transport()}")
    return client


def call(options: Namespace, window: Window) -> None:
    """Call and wait for the answer."""
    client = connected(options)
    number = 0
    while window.open():
        number += 1
        data = f"{TEXT[:24]}{number:08}"
        answer = client.call("echo", data, timeout=WAIT_S)
        check(answer == data, f"the answer to {data!r} was {answer!r}")
        window.add(1)
    client.disconnect()


def emit(options: Namespace, window: Window) -> None:
    """Emit a burst, and ask the server what it got."""
    client = connected(options)
    burst = BURST[options.transport]
    while window.open():
        for number in range(burst):
            client.emit("note", {"number": number, "text": TEXT})
        answer = client.call("noted", timeout=WAIT_S)
        check(answer == [burst, burst * (burst - 1) // 2], f"the server got {answer}")
        window.add(burst)
    client.disconnect()


def receive(options: Namespace, window: Window) -> None:
    """Ask for a burst, and wait until the handler has had all of it."""
    client = connected(options)
    stream = Stream(BURST[options.transport])
    done = threading.Event()

    def item(data: Any) -> None:
        if stream.take(data):
            done.set()

    client.on("item", item)

    while window.open():
        client.emit("stream", stream.size)
        check(done.wait(WAIT_S), "a burst did not come to its end")
        done.clear()
        stream.restart()
        window.add(stream.size)
    client.disconnect()


def binary(options: Namespace, window: Window) -> None:
    """Call with bytes and wait until they are back."""
    client = connected(options)
    while window.open():
        blob = os.urandom(1024)
        answer = client.call("echo", blob, timeout=WAIT_S)
        check(answer == blob, "the answer has not the bytes that were sent")
        window.add(1)
    client.disconnect()


def open_(options: Namespace, window: Window) -> None:
    """Connect a new client and disconnect it."""
    while window.open():
        client = connected(options)
        client.disconnect()
        check(not client.connected, "still connected after disconnect()")
        window.add(1)


SCENARIOS = {"call": call, "emit": emit, "receive": receive, "binary": binary, "open": open_}


def main(options: Namespace) -> None:
    """Run one scenario and print what it used."""
    window = Window(options.warmup, options.duration)
    SCENARIOS[options.scenario](options, window)
    window.report()


if __name__ == "__main__":
    main(arguments())
