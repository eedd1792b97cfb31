#!/usr/bin/env python3
"""Compare this project with its peers, as `python3 dev.py bench` does.

`--help` lists the options; README.md says what is measured and how to read it.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

import admin_turns
import capacity
import certificate
import commandline
import fleet_turns
import interpreters
import record
import reporting
import summary
from client_turns import compare_clients
from comparing import Comparison, compare
from contenders import Contender, contenders
from measuring import Options, build_generator
from scenarios import SCENARIOS
from serving import Server
from sides import DEFAULT, PYTHONS, SIDES, BenchError


def tell(text: str) -> None:
    """Print progress on standard error, which leaves standard output to the results."""
    print(text, file=sys.stderr, flush=True)


def choose_sides(args: argparse.Namespace) -> tuple[list[Contender], str]:
    """Return what can be run of what was asked for, and the loop of its asyncio sides, if any."""
    programs = {SIDES[label].program for label in args.sides} & PYTHONS.keys()
    pythons = {program: interpreters.located(getattr(args, program)) for program in programs}
    # an event loop is for the asyncio sides
    loop = "" if all(SIDES[label].wsgi for label in args.sides) else args.loop
    if loop == "auto" and measures_clients(args):
        loop = "asyncio"  # what asyncio.run() gives, as most programs with a client have it
    elif loop == "auto":
        loop = interpreters.common_loop(sorted(pythons.items()))
        if loop == "asyncio" and pythons:
            tell("note: not all interpreters have uvloop and httptools, so none uses them")
    optional = () if args.side else tuple(label for label in DEFAULT if label == "node")
    sides, reasons = contenders(args.sides, pythons, loop, optional)
    for reason in reasons:
        tell(f"note: {reason}")
    for side in sides:
        tell(f"{side.label}: {side.title}: {summary.versions(side)}")
    unlike = differing(sides)
    if unlike:
        tell(f"note: not the same version on all Python sides: {', '.join(unlike)}")
    return sides, loop


def differing(sides: Sequence[Contender]) -> list[str]:
    """Return the names of packages that several sides have in different versions."""
    found: dict[str, set[str]] = {}
    for side in sides:
        for name, version in side.versions.items():
            found.setdefault(name, set()).add(version)
    return [name for name, versions in found.items() if len(versions) > 1]


def measures_clients(args: argparse.Namespace) -> bool:
    """Return whether clients are compared, and not servers."""
    return any(SIDES[label].client for label in args.sides)


def choose_server(args: argparse.Namespace, options: Options) -> Server:
    """Return the server that all clients meet."""
    python = interpreters.located(args.ours)
    loop = interpreters.common_loop([("ours", python)])
    sides, _ = contenders(["ours"], {"ours": python}, loop)
    tell(f"the server: {sides[0].title}, {loop}: {summary.versions(sides[0])}")
    return Server(sides[0], options.generator_cpu)


def choose_options(args: argparse.Namespace, folder: Path) -> Options:
    """Return how to run: what is measured on the first core, the other side on the last."""
    cpus = sorted(os.sched_getaffinity(0))
    pin = len(cpus) > 1
    if not pin:
        tell("note: only one core: generator and server share it, so the ratios are less exact")
    return Options(
        reps=args.reps,
        duration=args.duration,
        warmup=min(0.7, args.duration / 2),
        server_cpu=cpus[0] if pin else None,
        generator_cpu=cpus[-1] if pin else None,
        generator=None if measures_clients(args) else build_generator(folder, args.tls),
        connections=args.connections,
        parser=args.parser,
        certificate=certificate.make(folder) if args.tls else None,
        tries=args.tries,
    )


def make_room(args: argparse.Namespace) -> None:
    """Have a socket for each client; raises BenchError where the machine does not allow that."""
    import limits  # not on Windows, where main() says so

    asked = [SCENARIOS[name] for name in args.scenarios]
    limits.make_room(max(args.connections if one.crowd else one.clients for one in asked))


def compare_all(
    args: argparse.Namespace, sides: Sequence[Contender], options: Options
) -> Iterator[Comparison]:
    """Yield the result of each scenario asked for."""
    if not measures_clients(args):
        for name in args.scenarios:
            yield compare(name, sides, options, tell)
        return
    server = choose_server(args, options)
    try:
        server.start()
        for name in args.scenarios:
            yield compare_clients(name, sides, server, options, tell)
    finally:
        server.stop()


def run_fleets(args: argparse.Namespace) -> int:
    """Compare fleets and print what they used; returns an exit status."""
    sides, _ = choose_sides(args)
    make_room(args)
    cpus = sorted(os.sched_getaffinity(0))
    apart = (cpus[0], cpus[-1]) if len(cpus) > 1 else (None, None)
    turns = fleet_turns.compare_fleets(args, sides, apart, tell)
    print(fleet_turns.report(args, turns))
    if args.json:
        args.json.write_text(json.dumps(fleet_turns.figures(turns), indent=1) + "\n")
    return 0


def run_admin(args: argparse.Namespace) -> int:
    """Measure what the Admin UI costs and print it; returns an exit status."""
    sides, _ = choose_sides(args)
    make_room(args)
    cpus = sorted(os.sched_getaffinity(0))
    cpu = cpus[0] if len(cpus) > 1 else None
    if len(cpus) > 1:
        os.sched_setaffinity(0, {cpus[-1]})
    pairs = admin_turns.compare(args, sides[0], cpu, tell)
    print(admin_turns.report(args, pairs))
    if args.json:
        figures = [[pair.unwatched, pair.watched] for pair in pairs]
        args.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def run_all(args: argparse.Namespace) -> int:
    """Run the scenarios asked for and print what they measured; returns an exit status."""
    sides, loop = choose_sides(args)
    make_room(args)
    results: list[Comparison] = []
    with tempfile.TemporaryDirectory() as folder:
        options = choose_options(args, Path(folder))
        for result in compare_all(args, sides, options):
            results.append(result)
            if not args.markdown:
                print(f"\n{reporting.section(result)}\n", flush=True)
    if args.capacity:
        print(f"What one core carries:\n\n{capacity.table(results, args.sides[0])}")
        print("".join(f"\n{line}" for line in reporting.doubts(results)))
    elif args.markdown:
        print(summary.document(results, sides, options, loop))
    else:
        print(f"In short:\n\n{summary.ratio_table(results)}")
        print("".join(f"\n{line}" for line in reporting.doubts(results)))
    if args.json:
        data = record.record(results, sides, options, loop)
        args.json.write_text(json.dumps(data, indent=1) + "\n")
    return 1 if any(result.failures for result in results) else 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0, 1 when a turn failed, 2 when nothing could be run."""
    args = commandline.parse(arguments)
    if sys.platform != "linux":
        tell(f"run.py: this benchmark reads /proc and needs Linux; this is {sys.platform}")
        return 2

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)  # so that the servers are ended too
    try:
        if args.admin:
            return run_admin(args)
        return run_fleets(args) if args.cluster else run_all(args)
    except BenchError as error:
        tell(f"run.py: {error}")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
