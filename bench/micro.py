#!/usr/bin/env python3
"""Time the protocol core alone: no sockets, no event loop, no web server.

    python bench/micro.py [--repeats 7]
    python bench/micro.py --parsers

Prints nanoseconds an operation, the least of several repeats of a fixed count, for an inbound event
that is acknowledged, for one recipient of a broadcast, and for the codec. Needs `sio-core`.
With `--parsers` it is the microseconds of writing and reading a packet by each parser, in turns;
needs `sio-core[fast,cbor]` for what docs/performance.md has.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

try:
    from sio_core import Request, engineio
    from sio_core.socketio import (
        ConnectRequested,
        EventReceived,
        JSONParser,
        Packet,
        PacketType,
        Server,
    )
    from sio_core.socketio.cbor_parser import CBORParser
    from sio_core.socketio.msgpack_parser import MsgpackParser
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing: install sio-core in this environment")

NOW = 0.0
RECIPIENTS = 1000
NEWS = {
    "id": 1234567,
    "title": "a headline of ordinary length",
    "tags": ["alpha", "beta"],
    "score": 0.75,
    "ok": True,
}
Case = tuple[str, int, Callable[[], object]]  # name, operations a call, the call


def server_with(clients: int) -> tuple[Server, list[engineio.Link]]:
    """Return a server and the WebSocket links of its clients, all in the namespace `/`."""
    numbers = itertools.count()
    engine = engineio.Server(new_sid=lambda: f"session{next(numbers)}")
    server = Server(engine, new_id=lambda: f"socket{next(numbers)}")
    links = []
    for _ in range(clients):
        exchange = engine.exchange(Request("GET", "EIO=4&transport=websocket", websocket=True))
        server.process(exchange.start(NOW), NOW)
        assert isinstance(exchange.step, engineio.UpgradeToWebSocket)
        link = exchange.step.link
        server.process(link.opened(NOW), NOW)
        for event in server.process(link.receive("40", NOW), NOW):
            if isinstance(event, ConnectRequested):
                server.accept(event.socket)
        links.append(link)
    send(server)
    return server, links


def send(server: Server) -> int:
    """Take all output, as a driver does. Returns the number of frames."""
    frames = 0
    for sink in server.take_ready():
        assert isinstance(sink, engineio.Link)
        frames += len(sink.take_frames())
    return frames


def event_with_ack() -> Case:
    """Return the case of one event received and acknowledged."""
    server, links = server_with(1)
    receive = links[0].receive
    frame = '421["echo","abcdefghijklmnopqrstuvwxyzabcdef"]'

    def call() -> None:
        for event in server.process(receive(frame, NOW), NOW):
            assert isinstance(event, EventReceived)
            assert event.ack_id is not None
            server.ack(event.socket, event.ack_id, event.args)
        assert send(server) == 1

    return "event received and acknowledged", 1, call


def broadcast() -> Case:
    """Return the case of one broadcast, encoded, queued and taken for each recipient."""
    server, _ = server_with(RECIPIENTS)

    def call() -> None:
        server.emit("news", [NEWS])
        assert send(server) == RECIPIENTS

    return f"recipient of a broadcast to {RECIPIENTS}", RECIPIENTS, call


def codec() -> Iterator[Case]:
    """Yield the cases of encoding and decoding one event of each kind."""
    parser = JSONParser()
    add = parser.decoder().add

    def decode(frames: tuple[str | bytes, ...]) -> None:
        for frame in frames:
            add(frame)

    datas = {
        "small event": NEWS,
        "event of 1 KiB": [NEWS] * 9,
        "event with 1 KiB of bytes": bytes(1024),
    }
    for name, data in datas.items():
        packet = Packet(int(PacketType.EVENT), "/", ["news", data])
        frames = parser.encode(packet)
        yield f"encode, {name}", 1, partial(parser.encode, packet)
        yield f"decode, {name}", 1, partial(decode, frames)


PACKETS: dict[str, object] = {
    "32 characters": "x" * 32,
    "1 KiB of text": "x" * 1024,
    "1 KiB of bytes": bytes(range(256)) * 4,
    "an object of five fields": NEWS,
    "1,000 integers": [*range(1000)],
    "1,000 floats": [n * 0.37 for n in range(1000)],
}


def parsers() -> dict[str, list[Case]]:
    """Return, for each packet, the cases of writing and reading it by the parsers there are."""
    found: dict[str, list[Case]] = {}
    for name, data in PACKETS.items():
        packet = Packet(int(PacketType.EVENT), "/", ["echo", data], 1234)
        for title, parser in (("JSON", JSONParser()), ("MessagePack", MsgpackParser()), _cbor()):
            if parser is not None:
                call = partial(_both, parser.encode, parser.decoder().add, packet)
                found.setdefault(name, []).append((title, 1, call))
    return found


def _cbor() -> tuple[str, CBORParser | None]:
    try:
        return "CBOR", CBORParser()
    except ImportError:
        return "CBOR", None


def _both(
    encode: Callable[[Packet], tuple[str | bytes, ...]],
    add: Callable[[str | bytes], object],
    packet: Packet,
) -> None:
    for frame in encode(packet):
        add(frame)


def parser_table(repeats: int) -> str:
    """Return the microseconds of each packet and parser, in Markdown."""
    lines: list[str] = []
    for name, cases in parsers().items():
        best = dict.fromkeys((case[0] for case in cases), float("inf"))
        for _ in range(repeats):
            for case in cases:
                best[case[0]] = min(best[case[0]], nanoseconds(case, 1, 2_000))
        if not lines:
            lines = [f"| packet | {' | '.join(best)} |", f"|---{'|---:' * len(best)}|"]
        lines.append(f"| {name} | {' | '.join(f'{time / 1000:.3g}' for time in best.values())} |")
    return "\n".join(lines)


def nanoseconds(case: Case, repeats: int, times: int = 20_000) -> float:
    """Return the least time of one operation over the repeats."""
    _, operations, call = case
    count = max(1, times // operations)
    best = float("inf")
    for _ in range(repeats):
        begin = time.process_time_ns()
        for _ in range(count):
            call()
        best = min(best, (time.process_time_ns() - begin) / (count * operations))
    return best


def main() -> None:
    """Run all cases and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=7)
    text = "compare JSON, MessagePack and CBOR"
    parser.add_argument("--parsers", action="store_true", help=text)
    options = parser.parse_args()
    repeats = max(1, options.repeats)
    if options.parsers:
        print(parser_table(repeats))
        return
    for case in [event_with_ack(), broadcast(), *codec()]:
        print(f"{case[0]:36} {nanoseconds(case, repeats):8.0f} ns", flush=True)


if __name__ == "__main__":
    main()
