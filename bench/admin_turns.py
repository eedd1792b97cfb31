"""What `--admin` measures: CPU of a server while the page of its Admin UI is open, and while not.

One server, one crowd of clients, and 200 events a second all the time; only the page comes and
goes, from turn to turn. The CPU time is what the server says of itself at both ends of a turn.
"""

import argparse
import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from contenders import Contender
from fleet import Member
from sides import BenchError

EVENTS_A_SECOND = 200
AT_ONCE = 50
"""Clients that connect together."""
AUTH = {"username": "bench", "password": "bench"}
MOST = 1.05


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU of the server in two turns, as shares of one core."""

    unwatched: float
    watched: float

    @property
    def ratio(self) -> float:
        """What the open page costs."""
        return self.watched / self.unwatched


class Crowd:
    """The clients of one server, who take turns at sending an event with an acknowledgement."""

    def __init__(self, url: str) -> None:
        # This program also runs where the project is not installed, to say what is missing.
        import socketio

        library: Any = socketio  # of this project, or the peer's
        self._make = partial(library.AsyncClient, reconnection=False)
        self._url = url
        self._clients: list[Any] = []
        self._next = 0

    async def connect(self, count: int) -> None:
        """Connect `count` clients, some at a time."""
        for start in range(0, count, AT_ONCE):
            new = [self._make() for _ in range(min(AT_ONCE, count - start))]
            self._clients += new
            await asyncio.gather(*(c.connect(self._url, transports=["websocket"]) for c in new))

    async def talk(self, seconds: float) -> None:
        """Send an event at a time, evenly over some seconds, and wait for all answers."""
        loop = asyncio.get_running_loop()
        begun, calls = loop.time(), []
        for number in range(round(seconds * EVENTS_A_SECOND)):
            await asyncio.sleep(begun + number / EVENTS_A_SECOND - loop.time())
            client = self._clients[self._next % len(self._clients)]
            self._next += 1
            calls.append(asyncio.create_task(client.call("echo", "x" * 32, timeout=30)))
        await asyncio.gather(*calls)

    async def open_page(self) -> Any:
        """Connect as the page does. Returns its client."""
        page: Any = self._make()
        heard = asyncio.Event()
        page.on("server_stats", lambda *_: heard.set(), namespace="/admin")
        await page.connect(self._url, namespaces=["/admin"], auth=AUTH, transports=["websocket"])
        await asyncio.wait_for(heard.wait(), 10)
        return page

    async def leave(self) -> None:
        """Disconnect all."""
        await asyncio.gather(*(client.disconnect() for client in self._clients))


async def take_turn(member: Member, crowd: Crowd, seconds: float, *, watched: bool) -> float:
    """Return the CPU of the server in one turn."""
    page = await crowd.open_page() if watched else None
    try:
        await crowd.talk(0.5)  # to warm up
        before = await asyncio.to_thread(member.usage)
        await crowd.talk(seconds)
        used = await asyncio.to_thread(member.usage) - before
    finally:
        if page is not None:
            await page.disconnect()
    return used / seconds / 1e9


async def take_turns(
    member: Member, args: argparse.Namespace, tell: Callable[[str], None]
) -> list[Pair]:
    """Return the figures of all turns, of which every second one begins with the page."""
    crowd = Crowd(f"http://127.0.0.1:{member.port}")
    try:
        await crowd.connect(args.fleet_clients)
        pairs = []
        for number in range(1, args.reps + 1):
            order = (False, True) if number % 2 else (True, False)
            found = {
                watched: await take_turn(member, crowd, args.duration, watched=watched)
                for watched in order
            }
            pairs.append(Pair(found[False], found[True]))
            tell(f"  admin {number}/{args.reps}: {_of(pairs[-1])}")
        return pairs
    finally:
        await crowd.leave()


def compare(
    args: argparse.Namespace,
    side: Contender,
    cpu: int | None,
    tell: Callable[[str], None],
) -> list[Pair]:
    """Run a server of one side, and measure it; raises BenchError when it does not run."""
    python, _, *how = side.serve
    member = Member(replace(side, serve=(python, "admin_app.py", *how)), cpu)
    try:
        member.start()
        return asyncio.run(take_turns(member, args, tell))
    except (OSError, TimeoutError) as error:
        raise BenchError(f"{side.label}: the clients did not get through: {error}") from None
    finally:
        member.stop()


def report(args: argparse.Namespace, pairs: Sequence[Pair]) -> str:
    """Return the figures as text."""
    median = Pair(
        statistics.median(pair.unwatched for pair in pairs),
        statistics.median(pair.watched for pair in pairs),
    )
    ratio = statistics.median(pair.ratio for pair in pairs)
    verdict = "met" if ratio <= MOST else "not met"
    return (
        f"{args.fleet_clients:,} clients, {EVENTS_A_SECOND} events a second, "
        f"{len(pairs)} pairs of turns of {args.duration:g} s\n"
        f"CPU of the server, medians: {_of(median)}\n"
        f"median of the ratios: {ratio:.3f}, at most {MOST} wanted: {verdict}"
    )


def _of(pair: Pair) -> str:
    return (
        f"{pair.unwatched:.2%} of a core, {pair.watched:.2%} while the page is open: "
        f"ratio {pair.ratio:.3f}"
    )
