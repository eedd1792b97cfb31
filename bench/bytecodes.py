#!/usr/bin/env python3
"""Count the bytecodes of Python that a message takes, part by part of the server.

    python bench/bytecodes.py [--scenario echo] [--side ours] [--functions 20]

A server with the measured application runs under uvicorn in a process of its own, with one client
in a thread beside it. What is counted, by `sys.settrace`, does not depend on how fast the machine
is or what else runs on it; compiled code, such as JSON, the event loop and the kernel, is not in
it. Needs `sio-asgi[uvicorn]`, uvloop, httptools and websockets. For an interpreter other than 3.11
the numbers are others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

HERE = Path(__file__).resolve().parent
SERVERS = HERE / "servers"
SIDES = {
    "ours": ("asgi_app.py", "uvicorn-sio"),
    "plain": ("asgi_app.py", "uvicorn-sansio"),
    "bare": ("bare_app.py", "bare-sansio"),
    "bare-own": ("bare_app.py", "bare-sio"),
}
"""Programs in `servers/`, and the first of their arguments, by the names in `sides.py`."""

PARTS = (
    ("web server: uvicorn, websockets, asyncio", ""),
    ("the application without Socket.IO, the module json", "bare_app.py", "/json/"),
    ("sio_asgi", "/sio_asgi/"),
    ("frames", "/sio_core/websocket/", "/sio_core/prepared.py"),
    ("codec, parser", "/sio_core/codecs/", "/sio_core/socketio/parsers/"),
    ("core: Socket.IO", "/sio_core/"),
    ("core: Engine.IO, HTTP", "/sio_core/engineio/", "/sio_core/http/"),
    ("driver", "/sio_server/drivers/"),
    ("dispatch, the handler, its task", "/sio_server/", "/servers/handlers.py"),
)
"""What the table has, and the paths of its code: the longest that fits counts."""

NOT_COUNTED = "/uvicorn/server.py"
"""What runs ten times a second, whatever comes."""

WARMUP, MESSAGES = 50, 200
WINDOW = 10
"""Echoes that a client sends at once, as `echo32` has them outstanding."""
CLIENTS = 100
"""Clients of a broadcast."""
PAUSE_S = 0.003
"""A poll waits so long before its message is sent."""
LIMIT_S = 120.0

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXT = "x" * 32


class Count:
    """The bytecodes that one thread ran while it was on."""

    def __init__(self) -> None:
        self.bytecodes: Counter[CodeType] = Counter()
        self.calls: Counter[CodeType] = Counter()

    def __call__(self, frame: FrameType, what: str, _argument: Any) -> Any:
        code = frame.f_code
        if what == "call":
            if code.co_filename.endswith((NOT_COUNTED, "/bytecodes.py")):
                return None
            self.calls[code] += 1
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
        elif what == "opcode":
            self.bytecodes[code] += 1
        return self


def part(path: str) -> str:
    """Return the row of `PARTS` that a file belongs to."""
    fitting = [(len(end), row[0]) for row in PARTS for end in row[1:] if end in path]
    return max(fitting)[1]


# What the client says. Everything here runs in its thread, and is not counted.


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Return a short frame under a mask of zeros."""
    return bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload


class Client:
    """One WebSocket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.said = b""

    def connect(self) -> None:
        """Upgrade, and join the namespace."""
        self.socket.sendall(UPGRADE)
        self.wait(b'"sid"', 1)
        self.socket.sendall(frame(b"40"))
        self.wait(b"40{", 1)

    def wait(self, what: bytes, times: int) -> None:
        """Read until something has come so many times, and forget it."""
        while self.said.count(what) < times:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError(f"closed after {self.said[-200:]!r}")
            self.said += got
        self.said = b""

    def close(self) -> None:
        """Close as a client does, and wait for the server."""
        self.socket.sendall(frame(b"\x03\xe8", 8))
        with suppress(ConnectionError):
            while self.socket.recv(4096):
                pass
        self.socket.close()


def connected(port: int) -> Client:
    """Return a client that is in its namespace."""
    client = Client(port)
    client.connect()
    return client


def echoes(port: int) -> tuple[Callable[[], None], int]:
    """Return what sends some echoes at once and waits for them, and how many they are."""
    client = connected(port)
    text = b"".join(frame(f'42{i}["echo","{TEXT}"]'.encode()) for i in range(WINDOW))

    def turn() -> None:
        client.socket.sendall(text)
        client.wait(f'"{TEXT}"'.encode(), WINDOW)

    return turn, WINDOW


def broadcasts(port: int) -> tuple[Callable[[], None], int]:
    """Return what asks for a broadcast and waits for it, and how many get it."""
    clients = [connected(port) for _ in range(CLIENTS)]

    def turn() -> None:
        clients[0].socket.sendall(frame(b'42["fanout",1]'))
        for client in clients:
            client.wait(b'"news"', 1)

    return turn, CLIENTS


def connections(port: int) -> tuple[Callable[[], None], int]:
    """Return what connects and closes a client."""

    def turn() -> None:
        connected(port).close()

    return turn, 1


def polls(port: int) -> tuple[Callable[[], None], int]:
    """Return what echoes over polling: a GET that waits and a POST."""
    get, post = Client(port), Client(port)
    head = "/socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    get.socket.sendall(f"GET {head.format('')}\r\n".encode())
    sid = b""
    while b'"sid":"' not in sid or b"}" not in sid:
        sid += get.socket.recv(4096)
    where = head.format("&sid=" + sid.split(b'"sid":"')[1].split(b'"')[0].decode())
    asking = f"GET {where}\r\n".encode()
    kind = "Content-Type: text/plain;charset=UTF-8\r\n"

    def send(body: str) -> None:
        length = f"Content-Length: {len(body)}\r\n\r\n"
        post.socket.sendall(f"POST {where}{kind}{length}{body}".encode())
        post.wait(b"\r\n\r\nok", 1)

    send("40")
    get.socket.sendall(asking)
    get.wait(b"40{", 1)

    def turn() -> None:
        get.socket.sendall(asking)
        time.sleep(PAUSE_S)
        send(f'421["echo","{TEXT}"]')
        get.wait(f'"{TEXT}"'.encode(), 1)

    return turn, 1


SCENARIOS: dict[str, tuple[Callable[[int], tuple[Callable[[], None], int]], tuple[str, ...]]] = {
    "echo": (echoes, ("ours", "plain", "bare", "bare-own")),
    "broadcast": (broadcasts, ("ours", "plain", "bare", "bare-own")),
    "connect": (connections, ("ours", "plain")),
    "poll": (polls, ("ours", "plain")),
}
"""What is counted, and of which sides: a broadcast is counted for each client that gets it."""


def serve(scenario: str, side: str) -> None:
    """Serve one side and count; prints the result as JSON and ends the process."""
    import uvicorn

    program, name = SIDES[side]
    configs: list[uvicorn.Config] = []

    def run(app: Any, **options: Any) -> None:
        configs.append(uvicorn.Config(app, **options))

    uvicorn.run = run  # what the programs call
    sys.path.insert(0, str(SERVERS))
    sys.argv = [program, name, "uvloop", "0"]
    app: Any = __import__(program.removesuffix(".py"))
    app.main(name, "uvloop", 0) if name.startswith("bare") else app.serve_uvicorn(0, name, "uvloop")
    count = Count()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            port: int = self.servers[0].sockets[0].getsockname()[1]
            loop = asyncio.get_running_loop()
            threading.Thread(target=drive, args=(scenario, port, loop, count), daemon=True).start()

    Server(configs[0]).run()


def drive(scenario: str, port: int, loop: asyncio.AbstractEventLoop, count: Count) -> None:
    """Be the client, have the server's thread counted in the middle, print, and end the process."""
    status = 1
    try:
        turn, messages = SCENARIOS[scenario][0](port)
        for _ in range(WARMUP):
            turn()
        switch(loop, count)
        turns = -(-MESSAGES // messages)
        for _ in range(turns):
            turn()
        time.sleep(PAUSE_S)
        switch(loop, None)
        rows = [
            (code.co_filename, code.co_qualname, number, count.calls[code])
            for code, number in count.bytecodes.items()
        ]
        print(json.dumps({"messages": turns * messages, "rows": rows}), flush=True)
        status = 0
    finally:
        os._exit(status)


def switch(loop: asyncio.AbstractEventLoop, tracer: Count | None) -> None:
    """Have the thread of the event loop traced, or no more."""
    done = threading.Event()

    def change() -> None:
        sys.settrace(tracer)
        done.set()

    loop.call_soon_threadsafe(change)
    if not done.wait(LIMIT_S):
        raise TimeoutError


def counted(scenario: str, side: str) -> dict[str, Any]:
    """Return what a process of its own counts of one side."""
    command = [sys.executable, __file__, "--serve", "--scenario", scenario, "--side", side]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    if run.returncode:
        raise SystemExit(f"{scenario}, {side}: {run.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def table(scenario: str, found: dict[str, dict[str, Any]]) -> str:
    """Return the parts of each side, in Markdown."""
    lines = [f"| {scenario} | {' | '.join(found)} |", f"|---{'|---:' * len(found)}|"]
    sums: list[Counter[str]] = []
    for result in found.values():
        total: Counter[str] = Counter()
        for path, _, number, _ in result["rows"]:
            total[part(path)] += number / result["messages"]
        sums.append(total)
    for row in PARTS:
        if any(total[row[0]] >= 0.5 for total in sums):
            cells = (f"{total[row[0]]:,.0f}" for total in sums)
            lines.append(f"| {row[0]} | {' | '.join(cells)} |")
    cells = (f"**{sum(total.values()):,.0f}**" for total in sums)
    return "\n".join([*lines, f"| **sum** | {' | '.join(cells)} |"])


def functions(result: dict[str, Any], most: int) -> str:
    """Return the largest functions of one side: bytecodes and calls a message."""
    lines = []
    for path, name, number, calls in sorted(result["rows"], key=lambda row: -row[2])[:most]:
        short = "/".join(Path(path).parts[-3:])
        each = number / result["messages"], calls / result["messages"]
        lines.append(f"{each[0]:8.1f} {each[1]:6.2f}  {name}  {short}")
    return "\n".join(lines)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description="Count the bytecodes of Python that a message takes, part by part.",
        allow_abbrev=False,
    )
    text = "may be given again (default: all)"
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help=text)
    parser.add_argument("--side", action="append", choices=SIDES, help=text)
    text = "also list so many of the largest functions of each side"
    parser.add_argument("--functions", metavar="N", type=int, default=0, help=text)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.scenario[0], args.side[0])
        return 1
    for scenario in args.scenario or SCENARIOS:
        able = [side for side in SCENARIOS[scenario][1] if side in (args.side or SIDES)]
        found = {side: counted(scenario, side) for side in able}
        print(f"\n{table(scenario, found)}")
        for side in able if args.functions else ():
            print(f"\n{scenario}, {side}:\n{functions(found[side], args.functions)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
