"""The command line: what is compared, how long, and where the result goes."""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import scenarios
from scenarios import CLIENT, CLIENT_QUICK, QUICK, SCENARIOS
from sides import (
    BARE_SIDES,
    CAPACITY,
    CLIENT_SIDES,
    DEFAULT,
    LATENCY_SIDES,
    OBSERVED,
    PARSER_SIDES,
    PYTHONS,
    SIDES,
    WSGI,
)

ABOUT = """\
Compare this project with python-socketio and Node's socket.io: server CPU a message, memory and
time to start, as ratios within one run. The sides take turns on the same core and are driven by the
same load generator. With --clients it is the clients that are measured, against one server,
with --cluster fleets of servers over one Redis.
README.md says how to read the result. Needs Linux and gcc.
"""
REPS, DURATION_S, TRIES = 3, 2.0, 3
FLEET_EMITS, FLEET_CLIENTS, FLEET_SERVERS = 2000, 1000, 8
CLUSTER = (("theirs", "ours"), ("theirs-threads", "ours-threads"))
"""The sides that --cluster compares, without and with --wsgi."""
ADMIN = ("ours",)
"""The side that --admin measures."""
QUICK_REPS, QUICK_DURATION_S, QUICK_TRIES = 2, 0.6, 1


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options; ends the program with status 2 when they make no sense."""
    parser = grammar()
    options = parser.parse_args(arguments)
    options.sides = list(dict.fromkeys(options.side or usual_sides(options)))
    options.scenarios = list(dict.fromkeys(options.scenario or usual_scenarios(options)))
    if options.reps is None:
        options.reps = QUICK_REPS if options.quick else REPS
    if options.duration is None:
        options.duration = QUICK_DURATION_S if options.quick else DURATION_S
    if options.tries is None:
        options.tries = QUICK_TRIES if options.quick else TRIES
    if options.reps < 1 or options.tries < 1:
        parser.error("--reps and --tries must be at least 1")
    if options.fleet_emits < 1 or options.fleet_clients < 2:
        parser.error("--fleet-emits must be at least 1, --fleet-clients at least 2")
    if options.fleet_servers < 3:
        parser.error("--fleet-servers must be at least 3: one that emits, one with members, others")
    allowed = CLUSTER[options.wsgi]
    if options.cluster and not set(options.sides) <= set(allowed):
        parser.error(f"--cluster compares {' and '.join(allowed)} here")
    if options.admin and set(options.sides) != set(ADMIN):
        parser.error(f"--admin measures {' and '.join(ADMIN)}")
    if not 0.1 <= options.duration <= 30:
        parser.error("--duration must be between 0.1 and 30 seconds")
    if len({SIDES[label].client for label in options.sides}) > 1:
        parser.error("servers are not compared with clients: leave out one or the other --side")
    if options.parser != "default":
        _check_parser(parser, options)
    if not 10 <= options.connections <= scenarios.MOST_CONNECTIONS:
        parser.error(f"--connections must be between 10 and {scenarios.MOST_CONNECTIONS}")
    without = [label for label in options.sides if not SIDES[label].tls]
    if options.tls and (without or options.cluster):
        parser.error(f"--tls is not for {', '.join(without) or '--cluster'}")
    for name in options.scenarios:
        if SCENARIOS[name].client != SIDES[options.sides[0]].client:
            parser.error(
                f"--scenario {name} is for clients; add --clients"
                if SCENARIOS[name].client
                else f"--scenario {name} is for servers; leave out --clients and sides of clients"
            )
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    for program in {SIDES[label].program for label in options.sides} & PYTHONS.keys():
        if not getattr(options, program):
            parser.error(
                f"--{program} is needed: the Python of an environment with "
                f"{PYTHONS[program].install} installed; or use python3 dev.py bench"
            )
    return options


def _check_parser(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End the program for sides and scenarios that `--parser` is not for."""
    allowed = PARSER_SIDES[options.parser]
    if not set(options.sides) <= set(allowed):
        parser.error(f"--parser {options.parser} compares {', '.join(allowed)}")
    able = (*scenarios.PARSERS, "bcast100", "burst1000")
    if not set(options.scenarios) <= set(able):
        parser.error(f"--parser is for {', '.join(able)}")


def usual_sides(options: argparse.Namespace) -> Iterable[str]:
    """Return the sides that are compared unless others are asked for."""
    if options.parser != "default":
        return PARSER_SIDES[options.parser]
    if options.clients:
        return CLIENT_SIDES
    if options.admin:
        return ADMIN
    if options.cluster:
        return CLUSTER[options.wsgi]
    if options.wsgi:
        return WSGI
    if options.observed:
        return OBSERVED
    if options.capacity:
        return CAPACITY
    if options.bare or options.latency:
        return BARE_SIDES if options.bare else LATENCY_SIDES
    return (side for side in DEFAULT if side != "fast") if options.quick else DEFAULT


def usual_scenarios(options: argparse.Namespace) -> Iterable[str]:
    """Return the scenarios that are run unless others are asked for."""
    if any(SIDES[label].client for label in options.sides):
        return CLIENT_QUICK if options.quick else CLIENT
    if options.parser != "default":
        return scenarios.PARSERS
    if options.wsgi:
        return scenarios.WSGI
    if options.observed:
        return scenarios.OBSERVED
    if options.capacity:
        return scenarios.CAPACITY
    if options.bare or any(SIDES[label].bare for label in options.sides):
        return scenarios.BARE
    if options.latency:
        return scenarios.LATENCY
    return QUICK if options.quick else scenarios.SERVER


def grammar() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="run.py",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--side",
        metavar="NAME",
        action="append",
        choices=SIDES,
        help=f"may be given again: {', '.join(SIDES)} (default: {', '.join(DEFAULT)})",
    )
    add(
        "--scenario",
        metavar="NAME",
        action="append",
        choices=SCENARIOS,
        help=f"may be given again: {', '.join(SCENARIOS)} (default: all of servers)",
    )
    add("--reps", metavar="N", type=int, help=f"turns of each side (default: {REPS})")
    add("--duration", metavar="S", type=float, help=f"seconds a turn (default: {DURATION_S:g})")
    text = f"turns in place of one in which other programs took the cores (default: {TRIES})"
    add("--tries", metavar="N", type=int, help=text)
    text = f"{', '.join(QUICK)} with {QUICK_REPS} turns of {QUICK_DURATION_S:g} s: under a minute"
    add("--quick", action="store_true", help=text)
    text = f"compare {', '.join(WSGI)} in {', '.join(scenarios.WSGI)}"
    add("--wsgi", action="store_true", help=text)
    text = f"compare {' and '.join(OBSERVED)} in {', '.join(scenarios.OBSERVED)}"
    add("--observed", action="store_true", help=text)
    text = f"compare {', '.join(CLIENT_SIDES)} in {', '.join(CLIENT)}"
    add("--clients", action="store_true", help=text)
    text = f"compare {', '.join(BARE_SIDES)} in {', '.join(scenarios.BARE)}: what Socket.IO costs"
    add("--bare", action="store_true", help=text)
    text = f"compare {', '.join(LATENCY_SIDES)} in {', '.join(scenarios.LATENCY)}: the latency"
    add("--latency", action="store_true", help=text)
    text = "packets of MessagePack or CBOR, in " + ", ".join(scenarios.PARSERS)
    add("--parser", choices=("default", *PARSER_SIDES), default="default", help=text)
    text = f"say what one core of {', '.join(CAPACITY)} carries in {', '.join(scenarios.CAPACITY)}"
    add("--capacity", action="store_true", help=text)
    add("--tls", action="store_true", help="over TLS; needs openssl and its header files")
    text = f"clients of the scenarios with a crowd (default: {scenarios.CONNECTIONS:,})"
    add("--connections", metavar="N", type=int, default=scenarios.CONNECTIONS, help=text)
    text = "compare fleets of servers over one Redis: CPU of all an emit; with --wsgi in threads"
    add("--cluster", action="store_true", help=text)
    text = "measure what an open page of the Admin UI costs a server in production mode"
    add("--admin", action="store_true", help=text)
    text = f"emits to a room in a turn of --cluster (default: {FLEET_EMITS})"
    add("--fleet-emits", metavar="N", type=int, default=FLEET_EMITS, help=text)
    text = f"clients of a broadcast of --cluster, and of --admin (default: {FLEET_CLIENTS})"
    add("--fleet-clients", metavar="N", type=int, default=FLEET_CLIENTS, help=text)
    text = f"servers of the greatest fleet of --cluster (default: {FLEET_SERVERS})"
    add("--fleet-servers", metavar="N", type=int, default=FLEET_SERVERS, help=text)
    text = (
        "event loop of the Python sides: uvloop where all have it and httptools, of clients "
        "asyncio (auto); or as named"
    )
    add("--loop", choices=("auto", "uvloop", "asyncio"), default="auto", help=text)
    for option, python in PYTHONS.items():
        default = sys.executable if option == "ours" else None
        add(
            f"--{option}",
            metavar="PYTHON",
            default=os.environ.get(python.variable, default),
            help=f"interpreter that has {python.has} (default: {python.variable}"
            + (" or the one running this)" if default else ")"),
        )
    add("--markdown", action="store_true", help="print the tables for docs/performance.md instead")
    add("--json", metavar="FILE", type=Path, help="also write every figure of every turn here")
    return parser
