"""Turn recorded frames on standard input into readable lines, with the parser of `sio_core`.

One record a line: a text frame as it was, a binary frame as `b` and base64, or a whole polling
body, whose packets are separated by the character U+001E. In front may stand `>` (to the server)
or `<` (to the client). Nothing that is read can stop the program: a frame that is malformed is
reported in its place, and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sio_core import DecodeError, Frame
from sio_core.engineio import REVISIONS
from sio_core.socketio import Decoder, JSONParser, Packet, PacketType, Parser
from sio_core.socketio.msgpack_parser import MsgpackParser

PARSERS: dict[str, Callable[[], Parser]] = {"default": JSONParser, "msgpack": MsgpackParser}
KINDS = ("open", "close", "ping", "pong", "message", "upgrade", "noop")
MAX_PACKETS = 10_000
SHOWN_BYTES = 16


class Reader:
    """The two directions of one connection, and how many frames were malformed."""

    def __init__(self, parser: Parser) -> None:
        self.malformed = 0
        self._parser = parser
        self._decoders: dict[str, Decoder] = {}

    def read(self, record: bytes) -> Iterator[str]:
        """Decode one record. Yields a line for each of its packets."""
        direction = ""
        if record[:1] in (b"<", b">"):
            direction, record = chr(record[0]) + " ", record[1:].lstrip(b" ")
        try:
            packets = REVISIONS["4"].decode_payload(record, MAX_PACKETS)
        except DecodeError as error:
            packets = []
            yield direction + self._complain(error)
        for packet in packets:
            try:
                yield direction + self._packet(direction, packet)
            except DecodeError as error:
                yield direction + self._complain(error)

    def finish(self) -> Iterator[str]:
        """Report the packets whose attachments never came."""
        for direction, decoder in self._decoders.items():
            if decoder.pending:
                yield direction + self._complain("attachments are missing at the end")

    def _complain(self, reason: object) -> str:
        self.malformed += 1
        return f"malformed: {reason}"

    def _packet(self, direction: str, packet: Frame) -> str:
        if isinstance(packet, str) and packet[:1] != "4":
            kind = "0123456".find(packet[:1]) if packet else -1
            if kind < 0:
                raise DecodeError("unknown Engine.IO packet type")
            return f"engine.io {KINDS[kind]} {printable(packet[1:])}".rstrip()
        if direction not in self._decoders:
            self._decoders[direction] = self._parser.decoder()
        message = packet[1:] if isinstance(packet, str) else packet
        found = self._decoders[direction].add(message)
        if found is None:
            return f"part of a packet: {show(packet)}"
        return describe(found)


def describe(packet: Packet) -> str:
    """Write a Socket.IO packet as one line."""
    ack = "" if packet.id is None else f" id={packet.id}"
    data = "" if packet.data is None else " " + show(packet.data)
    return f"{PacketType(packet.type).name} {printable(packet.namespace)}{ack}{data}"


def show(value: Any) -> str:
    """Write data as one line of JSON, with bytes as `<length: first bytes>`."""
    return printable(json.dumps(value, ensure_ascii=False, default=_other))


def _other(value: Any) -> str:
    if isinstance(value, bytes):
        more = "..." if len(value) > SHOWN_BYTES else ""
        return f"<{len(value)} bytes: {value[:SHOWN_BYTES].hex()}{more}>"
    return str(value)


def printable(text: str) -> str:
    """Escape what a terminal would act on instead of showing it."""
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in text)


def main() -> int:
    """Decode standard input. Returns 0, or 1 when a frame was malformed."""
    options = argparse.ArgumentParser(description="Turn recorded frames into readable lines.")
    options.add_argument("--parser", choices=PARSERS, default="default", help="%(default)s")
    reader = Reader(PARSERS[options.parse_args().parser]())
    for number, record in enumerate(sys.stdin.buffer, 1):
        if record.strip():
            for line in reader.read(record.rstrip(b"\r\n")):
                print(f"{number}: {line}")
    for line in reader.finish():
        print(f"end: {line}")
    sys.stdout.flush()
    return 1 if reader.malformed else 0


if __name__ == "__main__":
    # A terminal that cannot show a character gets its escape.
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        sys.exit(main())
    except BrokenPipeError:
        # The reader of the output has seen enough; nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
