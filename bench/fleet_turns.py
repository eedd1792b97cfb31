"""What `--cluster` measures: CPU of a fleet an emit, as ratios of fleets within one run.

The CPU time is what the processes of the fleet say of themselves at both ends of the measured
emits; Redis and the clients are not in it.
"""

import argparse
import asyncio
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contenders import Contender
from fleet import Member, fleet, redis_server, wait_until_idle
from fleet_clients import Crowd

ROOM_MEMBERS = 10
SMALL = 2
AT_ONCE = 50
"""Emits to a room that are on their way together; broadcasts go one at a time."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Microseconds of CPU an emit: of all servers, and of one that has nothing to do with it."""

    fleet: float
    bystander: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One fleet and what it is asked to do: `clients` on each server, in order, and a `room`."""

    name: str
    side: str
    clients: Sequence[int]
    room: str = ""
    at_once: int = 1
    emits: int = 0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure that is asked for: its name, the cases it is of, and its aim."""

    title: str
    upper: str
    lower: str
    most: float | None = None
    least: float | None = None


def cases(args: argparse.Namespace) -> list[Case]:
    """Return the fleets to measure; the first server of each emits."""
    half, emits = args.fleet_clients // 2, args.fleet_emits
    mode = "-threads" if args.wsgi else ""
    broadcasts = max(1, emits // 40)
    found = [
        Case("broadcast-1", "ours", (2 * half,), emits=broadcasts, about="everyone, 1 server"),
        Case("broadcast-2", "ours", (half, half), emits=broadcasts, about="everyone, 2 servers"),
    ]
    if args.wsgi:  # a thread serves one client
        found = []
    for side in ("ours", "theirs"):
        for size in (SMALL, args.fleet_servers):
            if side == "ours" or size != SMALL:
                spread = (0, ROOM_MEMBERS, *(0,) * (size - 2))
                about = f"a room on one of {size} servers"
                found.append(
                    Case(f"room-{size}-{side}", side + mode, spread, "room", AT_ONCE, emits, about)
                )
    return found


def ratios(most: int) -> list[Ratio]:
    """Return the figures that are asked for where the greatest fleet has `most` servers."""
    ours, theirs = f"room-{most}-ours", f"room-{most}-theirs"
    room, peer = f"a room on one of {most} servers", "python-socketio / this project"
    return [
        Ratio("a broadcast over two servers / over one", "broadcast-2", "broadcast-1", most=1.3),
        Ratio(f"{room} / on one of {SMALL}", ours, f"room-{SMALL}-ours", most=1.2),
        Ratio(f"{peer}, {most} servers", theirs, ours, least=4.0),
    ]


async def measure(case: Case, members: Sequence[Member]) -> Turn:
    """Connect the clients, emit, and return what that took."""
    crowd = Crowd()
    try:
        for member, count in zip(members, case.clients, strict=True):
            await crowd.connect(member.port, count, [case.room] if case.room else [])
        recipients = sum(case.clients)
        await asyncio.to_thread(wait_until_idle, list(members))
        await first_emit(case, members[0], crowd, recipients)
        await emits(case, case.at_once * 4, members[0], crowd, recipients)  # to warm up
        before = [member.usage() for member in members]
        await emits(case, case.emits, members[0], crowd, recipients)
        used = [now - then for now, then in zip(usages(members), before, strict=True)]
    finally:
        crowd.close()
    idle = used[2:]
    of_one = statistics.mean(idle) / case.emits / 1000 if idle else None
    return Turn(sum(used) / case.emits / 1000, of_one)


def usages(members: Sequence[Member]) -> list[int]:
    """Return the CPU time of each server, in nanoseconds."""
    return [member.usage() for member in members]


async def first_emit(case: Case, member: Member, crowd: Crowd, recipients: int) -> None:
    """Emit once, to see how many bytes an event has."""
    crowd.size = 1
    crowd.expect(recipients)
    await asyncio.to_thread(member.emit, 1, case.room)
    await crowd.heard()
    seen = -1
    while seen != crowd.received:
        seen = crowd.received
        await asyncio.sleep(0.3)
    crowd.size = crowd.received // recipients


async def emits(case: Case, count: int, member: Member, crowd: Crowd, recipients: int) -> None:
    """Emit `count` times, some at once, and wait for each to arrive."""
    for start in range(0, count, case.at_once):
        batch = min(case.at_once, count - start)
        crowd.expect(batch * recipients)
        await asyncio.to_thread(member.emit, batch, case.room)
        await crowd.heard()


def compare_fleets(
    args: argparse.Namespace,
    sides: Sequence[Contender],
    cpus: tuple[int | None, int | None],
    tell: Callable[[str], None],
) -> dict[str, list[Turn]]:
    """Measure every case `args.reps` times, in turns; `cpus` are that of servers and of the rest.

    Raises BenchError.
    """
    by_label = {side.label: side for side in sides}
    turns: dict[str, list[Turn]] = {}
    with redis_server(cpus[1]) as redis:
        for repetition in range(args.reps):
            for case in cases(args):
                if case.side not in by_label:
                    continue
                with fleet(by_label[case.side], len(case.clients), redis, cpus[0]) as members:
                    turn = asyncio.run(measure(case, members))
                turns.setdefault(case.name, []).append(turn)
                tell(f"{case.name}, turn {repetition + 1}: {turn.fleet:.1f} us an emit")
    return turns


def report(args: argparse.Namespace, turns: dict[str, list[Turn]]) -> str:
    """Return the tables: what each fleet used, and the ratios beside their aims."""
    lines = [
        "| fleet | CPU us an emit | of a server without members (aim: <= 5) |",
        "|---|---|---|",
    ]
    for case in cases(args):
        if case.name in turns:
            others = [turn.bystander for turn in turns[case.name] if turn.bystander is not None]
            of_one = f"{statistics.median(others):.2f}" if others else ""
            used = statistics.median(turn.fleet for turn in turns[case.name])
            lines.append(f"| {case.side}: {case.about} | {used:.1f} | {of_one} |")
    lines += ["", "| ratio | median | aim |", "|---|---|---|"]
    for ratio in ratios(args.fleet_servers):
        if ratio.upper in turns and ratio.lower in turns:
            both = zip(turns[ratio.upper], turns[ratio.lower], strict=True)
            value = statistics.median(upper.fleet / lower.fleet for upper, lower in both)
            aim = f"<= {ratio.most:g}" if ratio.most else f">= {ratio.least:g}"
            lines.append(f"| {ratio.title} | {value:.2f} | {aim} |")
    return "\n".join(lines)


def figures(turns: dict[str, list[Turn]]) -> dict[str, list[dict[str, float | None]]]:
    """Return every turn, for a file."""
    return {
        name: [{"fleet_us": turn.fleet, "bystander_us": turn.bystander} for turn in found]
        for name, found in turns.items()
    }
