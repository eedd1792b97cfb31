"""Turn recorded frames on standard input into readable lines, with the parser of `sio_core`.

What is malformed is reported in its place, and makes the exit status 1; it never stops the program.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from sio_core import DecodeError, Frame, engineio, socketio
from sio_core.socketio.msgpack_parser import MsgpackParser

PARSERS = {"default": socketio.JSONParser, "msgpack": MsgpackParser}
MAX_PACKETS = 10_000
SHOWN_BYTES = 16


class Reader:
    """The two directions of one connection, and how many records and packets were malformed."""

    def __init__(self, parser: socketio.Parser) -> None:
        self.malformed = 0
        self.decoders = {way: parser.decoder() for way in ("", "> ", "< ")}

    def read(self, record: bytes) -> Iterator[str]:
        """Decode one record, a frame or a polling body. Yields a line for each of its packets."""
        way = ""
        if record[:1] in (b"<", b">"):
            way, record = f"{chr(record[0])} ", record[1:].lstrip()
        try:
            frames = engineio.REVISIONS["4"].decode_payload(record, MAX_PACKETS)
        except DecodeError as error:
            yield self.complain(way, error)
            return
        for frame in frames:
            try:
                yield way + describe(frame, self.decoders[way])
            except DecodeError as error:
                yield self.complain(way, error)

    def complain(self, way: str, reason: object) -> str:
        self.malformed += 1
        return f"{way}malformed: {reason}"


def describe(frame: Frame, decoder: socketio.Decoder) -> str:
    """Write one packet as one line. Raises `DecodeError` for one that is malformed."""
    kind, data = engineio.read_packet(frame)
    if kind is not engineio.PacketType.MESSAGE:
        return f"engine.io {kind.name.lower()} {printable(str(data))}".rstrip()
    packet = decoder.add(data)
    if packet is None:
        return f"part of a packet: {show(frame)}"
    ack = "" if packet.id is None else f" id={packet.id}"
    shown = "" if packet.data is None else " " + show(packet.data)
    return f"{socketio.PacketType(packet.type).name} {printable(packet.namespace)}{ack}{shown}"


def show(value: Any) -> str:
    """Write data as one line of JSON, with bytes as `<length: first bytes>`."""
    return printable(json.dumps(value, ensure_ascii=False, default=show_other))


def show_other(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    more = "..." if len(value) > SHOWN_BYTES else ""
    return f"<{len(value)} bytes: {value[:SHOWN_BYTES].hex()}{more}>"


def printable(text: str) -> str:
    """Escape what a terminal would act on instead of showing it."""
    return "".join(c if c.isprintable() else c.encode("unicode-escape").decode() for c in text)


def main() -> int:
    """Decode standard input. Returns 0, or 1 when a frame was malformed."""
    options = argparse.ArgumentParser(description="Turn recorded frames into readable lines.")
    options.add_argument("--parser", choices=PARSERS, default="default", help="%(default)s")
    reader = Reader(PARSERS[options.parse_args().parser]())
    for number, record in enumerate(map(bytes.strip, sys.stdin.buffer), 1):
        for line in reader.read(record) if record else ():
            print(f"{number}: {line}")
    for way, decoder in reader.decoders.items():
        if decoder.pending:
            print("end:", reader.complain(way, "attachments are missing at the end"))
    sys.stdout.flush()
    return 1 if reader.malformed else 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal with few characters
    try:
        sys.exit(main())
    except (BrokenPipeError, KeyboardInterrupt):  # whoever reads the output has seen enough
        sys.stdout = None
        sys.exit(1)
