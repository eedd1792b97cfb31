"""The groups of checks that `dev.py test` runs, and the commands of each."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from devtools.output import ROOT

# Environments of others that tests find by their names.
PEERS = ("peer", "greenlets", "eventlet", "uwsgi", "brokers", "field")
# What `dev.py field` runs: programs in the field that take long to install or to build.
FIELD = "tests/field/more"

Commands = Callable[[Sequence[str]], list[list[str]]]
"""The commands of a group, of the arguments for pytest that were given."""

CORE_TESTS = "packages/sio-core/tests"
# Properties, and what measures time or memory: they reach no branch that no example reaches, and
# take two to four times as long with coverage.
UNCOVERED = "hypothesis or by_size"
# The options of pytest that pick tests.
SELECTING = ("-k", "-m", "--lf", "--last-failed", "--deselect")
# Those that a word follows, which may look like a path.
TAKING_A_WORD = ("-k", "-m", "-p", "-o", "-W", "-n", "--deselect")
# Tests wait for servers most of the time. tests/support/side_by_side.py says what stays together.
WORKERS = 3 * max(2, min(os.cpu_count() or 2, 4))
SIDE_BY_SIDE = ["-n", str(WORKERS), "--dist", "loadfile"]
SPHINX = "sphinx -W -n --keep-going -q -b html docs docs/_build/html"


@dataclass(frozen=True)
class Group:
    """One group of checks: commands that run in turn in one environment."""

    name: str
    about: str
    env: str
    commands: Commands
    pytest: bool = False
    peers: tuple[str, ...] = ()
    """Needs these environments, of other people's servers and clients, and Node.js beside them."""


def split(extra: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split pytest arguments into paths that exist and everything else."""
    paths: list[str] = []
    options: list[str] = []
    for before, arg in zip(["", *extra], extra, strict=False):
        option = arg.startswith("-") or before in TAKING_A_WORD
        exists = (ROOT / arg.split("::")[0]).exists()
        (paths if exists and not option else options).append(arg)
    return paths, options


def selects(extra: Sequence[str]) -> bool:
    """Tell whether pytest arguments pick some of the tests."""
    paths, options = split(extra)
    return bool(paths) or any(option.startswith(SELECTING) for option in options)


def _fixed(*commands: str) -> Commands:
    return lambda _extra: [command.split() for command in commands]


def _mypy(_extra: Sequence[str]) -> list[list[str]]:
    sources = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("packages/*/src"))]
    return [["mypy", "--strict", *sources, "dev.py", "devtools", "bench", "tests/support"]]


def _core(extra: Sequence[str]) -> list[list[str]]:
    paths, options = split(extra)
    mine = [path for path in paths if path.startswith(CORE_TESTS)]
    if paths and not mine:
        return []
    if selects(extra):
        # The coverage of a part says nothing.
        return [["pytest", *(mine or [CORE_TESTS]), *options]]
    run = ["coverage", "run", "-m", "pytest", CORE_TESTS, "-m", f"not ({UNCOVERED})", *options]
    return [run, ["coverage", "report"], ["pytest", CORE_TESTS, "-m", UNCOVERED, *options]]


def _tests(extra: Sequence[str]) -> list[list[str]]:
    paths, options = split(extra)
    others = [path for path in paths if not path.startswith(CORE_TESTS)]
    if paths:
        return [["pytest", *others, *options]] if others else []
    folders = [path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("packages/*/tests"))]
    everything = [*(folder for folder in folders if folder != CORE_TESTS), "tests"]
    if selects(extra):
        return [["pytest", *everything, *options]]
    return [["pytest", *SIDE_BY_SIDE, *everything, *options]]


GROUPS = (
    Group(
        "tests",
        "the other packages, layering, end to end",
        "test",
        _tests,
        pytest=True,
        peers=PEERS,
    ),
    Group("format", "ruff format --check", "test", _fixed("ruff format --check .")),
    Group("lint", "ruff check", "test", _fixed("ruff check .")),
    Group("mypy", "mypy --strict on every package", "test", _mypy),
    Group(
        "core",
        "sio-core's unit and property tests, purity, 100 % branches",
        "test",
        _core,
        pytest=True,
    ),
    Group("pyright", "pyright on every package", "test", _fixed("pyright")),
    Group("docs", "the documentation, warnings are errors", "docs", _fixed(SPHINX)),
)


# ---------------------------------------------------------------- before a commit

BEHAVIOUR = (
    "tests/test_packages.py",
    "tests/test_layering.py",
    "tests/test_layering_inside.py",
    "tests/test_drivers_speak_no_protocol.py",
    "tests/driver_contract",
    "tests/client_behaviour",
    "tests/server_behaviour",
)
# The modes of the servers' suite that need no web server: one for each colour.
ONE_SERVER = "not server_behaviour or memory"


def _quick_core(extra: Sequence[str]) -> list[list[str]]:
    return [["pytest", CORE_TESTS, *extra]]


def _behaviour(extra: Sequence[str]) -> list[list[str]]:
    beside = () if selects(extra) else ("-n", "3", "--dist", "loadfile")  # they wait, mostly
    return [["pytest", *beside, *BEHAVIOUR, "-k", ONE_SERVER, *extra]]


def quick() -> tuple[Group, ...]:
    """Return what a contributor runs before a commit: no peers, no web servers, no coverage."""
    by_name = {group.name: group for group in GROUPS}
    core = replace(by_name["core"], about="sio-core's tests", commands=_quick_core)
    behaviour = Group(
        "behaviour",
        "layering, and what servers and clients do, without web servers",
        "test",
        _behaviour,
        pytest=True,
    )
    return (core, by_name["format"], by_name["lint"], by_name["mypy"], behaviour)


# ---------------------------------------------------------------- programs in the field


def _field(extra: Sequence[str]) -> list[list[str]]:
    return [["pytest", FIELD, *extra]]


def programs_in_the_field() -> Group:
    """Return what runs the programs of others that `dev.py test` leaves out."""
    about = "programs of others that take long to install"
    return Group("field", about, "test", _field, pytest=True, peers=("field-more",))
