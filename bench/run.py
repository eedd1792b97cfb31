#!/usr/bin/env python3
"""Compare this project with python-socketio: server CPU per message, as a ratio within one run.

    python bench/run.py --theirs PYTHON [--ours PYTHON] [--scenario NAME ...] [--reps 3]

PYTHON is an interpreter: `--ours` has this project installed (default: the one running this
file), `--theirs` has python-socketio (default: the one that SIO_PEER_PYTHON names). Both serve the
same application, take turns on the same core and are driven by the same load generator. See
README.md. Needs Linux and gcc, and nothing outside the standard library.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import measuring
import reporting
from measuring import KINDS, SCENARIOS, BenchError, Options, Server

TO_WATCH: tuple[str, ...] = ("echo32", "bcast1000")
PEER = "SIO_PEER_PYTHON"  # set by `dev.py`: an interpreter that has python-socketio
PROVIDERS = ("sio-compat", "python-socketio")

INSPECT = """
import importlib.metadata as metadata, importlib.util, json, platform, sys
def found(name):
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None
versions = {}
for name in sys.argv[2].split(","):
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({
    "python": platform.python_version(),
    "missing": [name for name in sys.argv[1].split(",") if not found(name)],
    "versions": versions,
}))
"""


def inspect(label: str, python: str, modules: list[str]) -> dict[str, Any]:
    """Ask an interpreter for its versions; raises BenchError naming the modules it lacks."""
    command = [python, "-c", INSPECT, ",".join(modules), ",".join([*PROVIDERS, *modules])]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=measuring.HERE / "servers"
        )
    except OSError as error:
        raise BenchError(f"--{label}: cannot run {python}: {error.strerror}") from None
    if run.returncode:
        raise BenchError(f"--{label}: {python} is not a working Python:\n{run.stderr.strip()}")
    about: dict[str, Any] = json.loads(run.stdout)
    if about["missing"]:
        what = "bench/requirements.txt" if label == "theirs" else "sio-compat and the web server"
        raise BenchError(
            f"--{label}: {python} lacks {', '.join(about['missing'])}; install {what} there"
        )
    if all(name in about["versions"] for name in PROVIDERS):
        raise BenchError(
            f"--{label}: {python} has both {' and '.join(PROVIDERS)}, which share an import name; "
            "keep one of them"
        )
    return about


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ours", metavar="PYTHON", default=sys.executable)
    parser.add_argument("--theirs", metavar="PYTHON", default=os.environ.get(PEER))
    parser.add_argument(
        "--scenario",
        metavar="NAME",
        action="append",
        choices=SCENARIOS,
        help=f"one of {', '.join(SCENARIOS)}; may be given again (default: {', '.join(TO_WATCH)})",
    )
    parser.add_argument("--server", choices=KINDS, default="uvicorn-sansio")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--reps", type=int, default=3, help="turns of each side (default: 3)")
    parser.add_argument("--duration", type=float, default=2.0, help="seconds measured a turn")
    parser.add_argument("--quick", action="store_true", help="one turn of half a second each")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write all figures here")
    options = parser.parse_args(arguments)
    if not options.theirs:
        parser.error(
            "--theirs is needed: the Python of an environment with bench/requirements.txt installed"
        )
    if options.quick:
        options.reps, options.duration = 1, 0.5
    if options.reps < 1:
        parser.error("--reps must be at least 1")
    if not 0.1 <= options.duration <= 30:
        parser.error("--duration must be between 0.1 and 30 seconds")
    if options.json and not options.json.parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.parent}")
    return options


def absolute(python: str) -> str:
    """Return a path that holds in any folder; links stay, for they say which environment it is."""
    return os.path.abspath(shutil.which(python) or python)


def needed_modules(server: str, loop: str) -> list[str]:
    """Return the import names that both interpreters must have."""
    modules = ["socketio", *KINDS[server]]
    if loop == "uvloop":
        modules.append("uvloop")
        if server.startswith("uvicorn"):
            modules.append("httptools")
    return modules


def raise_file_limit(scenarios: list[str]) -> None:
    """Let the servers have a socket for each client; raises BenchError when the limit is hard."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(SCENARIOS[name].clients for name in scenarios) + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise BenchError(f"{wanted} open files are needed and {hard} allowed: raise `ulimit -Hn`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def compare(
    name: str, sides: list[tuple[str, str]], options: Options, reps: int, generator: Path
) -> list[reporting.Run]:
    """Let both sides take turns at one scenario; returns a pair of samples a repetition.

    The servers stay up between their turns, for an idle one uses next to no CPU. Only where memory
    is measured does each turn get a fresh process.
    """
    servers = [Server(label, python, options) for label, python in sides]
    fresh = SCENARIOS[name].memory
    runs = []
    try:
        for server in [] if fresh else servers:
            server.start()
        for number in range(1, reps + 1):
            samples = []
            for server in servers:
                if fresh:
                    server.start()
                samples.append(measuring.measure(generator, server, name, options))
                if fresh:
                    server.stop()
                server.settle()
                progress(f"  {name} {number}/{reps} {server.label}: {brief(samples[-1], fresh)}")
            runs.append((samples[0], samples[1]))
    finally:
        for server in servers:
            server.stop()
    return runs


def brief(sample: measuring.Sample, memory: bool) -> str:
    """Return one run as a few words."""
    if memory:
        return f"{sample.connection_kib:.1f} KiB a connection"
    return (
        f"CPU {sample.cpu_us:.2f} us a message, {sample.rate:.0f}/s, "
        f"generator {sample.generator:.0%} busy"
    )


def progress(text: str) -> None:
    """Tell the user on standard error, which leaves standard output to the results."""
    print(text, file=sys.stderr, flush=True)


def introduce(about: dict[str, dict[str, Any]]) -> None:
    """Print the versions of both sides, and what differs apart from the thing compared."""
    for label, facts in about.items():
        versions = ", ".join(f"{name} {value}" for name, value in facts["versions"].items())
        print(f"{label}: Python {facts['python']}, {versions}")
    ours, theirs = (
        {"Python": facts["python"]}
        | {name: v for name, v in facts["versions"].items() if name not in PROVIDERS}
        for facts in (about["ours"], about["theirs"])
    )
    unlike = [name for name in ours if ours[name] != theirs.get(name)]
    if unlike:
        progress(f"note: not the same version on both sides: {', '.join(unlike)}")


def choose(args: argparse.Namespace) -> Options:
    """Return how to run: the server on the first core, the generator on the last."""
    cpus = sorted(os.sched_getaffinity(0))
    pin = len(cpus) > 1
    return Options(
        server=args.server,
        loop=args.loop,
        duration=args.duration,
        warmup=min(0.7, args.duration / 2),
        server_cpu=cpus[0] if pin else None,
        generator_cpu=cpus[-1] if pin else None,
    )


def run_all(args: argparse.Namespace) -> int:
    """Run the scenarios asked for and print their tables and ratios; returns an exit status."""
    scenarios: list[str] = list(dict.fromkeys(args.scenario or TO_WATCH))
    options = choose(args)
    modules = needed_modules(args.server, args.loop)
    sides = [("ours", absolute(args.ours)), ("theirs", absolute(args.theirs))]
    about = {label: inspect(label, python, modules) for label, python in sides}
    introduce(about)
    if options.server_cpu is None:
        progress("only one core: generator and server share it, so the ratios are less exact")
    results: dict[str, Any] = {}
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        generator = measuring.build_generator(Path(folder))
        raise_file_limit(scenarios)
        for name in scenarios:
            try:
                runs = compare(name, sides, options, args.reps, generator)
            except (BenchError, subprocess.TimeoutExpired) as error:
                progress(f"failed: {error}")
                status = 1
                continue
            scenario = SCENARIOS[name]
            print(f"\n{name}: {scenario.title}\n\n{reporting.table(scenario, runs)}\n")
            print("\n".join(reporting.ratio_lines(name, scenario, runs)), flush=True)
            results[name] = reporting.record(scenario, runs)
    if args.json:
        data = {"server": args.server, "loop": args.loop, "sides": about, "scenarios": results}
        args.json.write_text(json.dumps(data, indent=1) + "\n")
    return status


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0, 1 when a scenario failed, 2 when nothing could be run."""
    args = parse(arguments)
    if sys.platform != "linux":
        progress(f"this benchmark reads /proc and needs Linux; this is {sys.platform}")
        return 2

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)  # so that the servers are ended too
    try:
        return run_all(args)
    except BenchError as error:
        progress(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
