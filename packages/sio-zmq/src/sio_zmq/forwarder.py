"""What ZeroMQ has in place of a broker: `python -m sio_zmq.forwarder zmq+tcp://127.0.0.1:5555+5556`.

Managers push their messages to one address and subscribe at the other. What is pushed goes to all
who have subscribed to what it begins with, unread.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

import zmq

from .addresses import ACCEPTED, Addresses, read_address
from .subscriptions import Subscriptions
from .words import QUESTION

URL = "zmq+tcp://127.0.0.1:5555+5556"

MOST_WAITING = 10_000
"""Messages that wait for one subscriber, unless a program says otherwise."""

LARGEST = 16 * 1024 * 1024
"""Bytes of a message, unless a program says otherwise: managers read no larger ones."""

IN_A_TURN = 1000
"""Messages that are forwarded before subscriptions are looked at."""

POLL_MILLISECONDS = 500
"""How long one look for messages waits. A signal just before it does not end it."""

HEARTBEAT_MILLISECONDS, SILENT_MILLISECONDS = 5000, 15000
"""How often who is connected is asked whether it is there, and how long it may be silent."""

DESCRIPTION = "Forward the messages of Socket.IO servers over ZeroMQ, until SIGTERM or SIGINT."


class Forwarder:
    """A `Forwarder` publishes what is pushed to it; `run` does so until a signal or an error.

    `addresses` are where it listens; `most_waiting` messages wait for one subscriber, whose further
    ones are dropped; who pushes a message of more than `largest` bytes is disconnected. Raises
    `OSError` where an address is taken, or cannot be listened at.
    """

    def __init__(
        self, addresses: Addresses, most_waiting: int = MOST_WAITING, largest: int = LARGEST
    ) -> None:
        self._context = zmq.Context()
        self._subscriptions = Subscriptions()
        try:
            self._pushed = self._bind(zmq.PULL, addresses.pushed, most_waiting, largest)
            self._published = self._bind(zmq.XPUB, addresses.published, most_waiting, largest)
        except OSError:
            self.close()
            raise
        self._published.xpub_verboser = 1  # says each subscription, and each end of one

    def _bind(self, kind: int, address: str, most_waiting: int, largest: int) -> Any:
        if address.startswith("ipc://"):
            _refuse_taken(address.removeprefix("ipc://"))
        made: Any = self._context.socket(kind)
        made.linger = 0
        made.ipv6 = address.startswith("tcp://[")
        made.hwm = most_waiting
        made.maxmsgsize = largest
        made.heartbeat_ivl = HEARTBEAT_MILLISECONDS
        made.heartbeat_timeout = SILENT_MILLISECONDS
        try:
            made.bind(address)
        except zmq.ZMQError as error:
            number = error.errno or errno.EIO
            raise OSError(number, f"{address}: {zmq.strerror(number)}") from error
        return made

    def run(self) -> NoReturn:
        """Forward for ever."""
        poller = zmq.Poller()
        poller.register(self._pushed, zmq.POLLIN)
        poller.register(self._published, zmq.POLLIN)
        while True:
            poller.poll(POLL_MILLISECONDS)
            self._subscribe()
            self._forward()

    def _subscribe(self) -> None:
        with contextlib.suppress(zmq.Again):
            while True:
                self._subscriptions.note(self._published.recv(zmq.NOBLOCK))

    def _forward(self) -> None:
        receive, publish = self._pushed.recv_multipart, self._published.send_multipart
        with contextlib.suppress(zmq.Again):
            for _ in range(IN_A_TURN):
                frames = receive(zmq.NOBLOCK)
                if frames[0].startswith(QUESTION):
                    frames = [self._subscriptions.answer(frames[0])]
                publish(frames)

    def close(self) -> None:
        """Close the sockets."""
        self._context.destroy(linger=0)


def _refuse_taken(path: str) -> None:
    """Raise `OSError` where somebody listens: ZeroMQ would take the path away from it."""
    with socket.socket(socket.AF_UNIX) as other:
        other.setblocking(False)
        try:
            other.connect(path)
        except BlockingIOError:
            pass  # it does not answer, but it is there
        except OSError:
            return
    raise OSError(errno.EADDRINUSE, f"ipc://{path}: {os.strerror(errno.EADDRINUSE)}")


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line says. Ends the program with an explanation if it is wrong."""
    parser = argparse.ArgumentParser("python -m sio_zmq.forwarder", description=DESCRIPTION)
    parser.add_argument("url", nargs="?", default=URL, help=f"{ACCEPTED}; by default {URL}")
    parser.add_argument(
        "--most-waiting",
        type=_number,
        default=MOST_WAITING,
        metavar="N",
        help=f"messages that wait for one subscriber, by default {MOST_WAITING:,}; what comes then "
        "is lost to it",
    )
    parser.add_argument(
        "--largest",
        type=_number,
        default=LARGEST,
        metavar="BYTES",
        help=f"bytes of a message, by default {LARGEST:,}; who pushes a larger one is disconnected",
    )
    found = parser.parse_args(arguments)
    try:
        found.addresses = read_address(found.url, binds=True)
    except ValueError as error:
        parser.error(str(error))
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 2**31):
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 1 and {2**31 - 1}")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a forwarder until SIGTERM or SIGINT. Exits with 1 where an address is taken."""
    found = read_arguments(arguments)
    try:
        forwarder = Forwarder(found.addresses, found.most_waiting, found.largest)
    except OSError as error:
        sys.exit(f"sio_zmq.forwarder: {error.strerror}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    pushed, published = found.addresses
    print(f"sio_zmq.forwarder: from {pushed} to {published}", flush=True)
    try:
        forwarder.run()
    finally:
        forwarder.close()


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
