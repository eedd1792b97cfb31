"""The lines that stand in both colours: how many, of what kind, and which.

    python3 -m devtools.twins [--lines] [PACKAGE ...]

A package has files of asyncio and files that block; some files have classes of both. Of each
colour every line of code is counted, without imports, docstrings, comments, lines of one keyword or
of no letter, and without the words `async` and `await` and names' `Async`. What both have, as often
as the rarer of the two, is a twin, wherever it stands. `line_kinds` tells of what kind it is;
`twins_left` has those that are neither a signature nor I/O nor a call of what is written once, and
says of each why it stands there twice.
"""

import argparse
import ast
import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard

from devtools.line_kinds import (
    CALL,
    DECLARATION,
    OTHER,
    PACKAGES,
    SHARED,
    SIGNATURE,
    WAITING,
    Definitions,
    Entry,
    define,
    kinds,
    parse,
    span,
)
from devtools.twins_left import LEFT

CORE = PACKAGES / "sio-core/src/sio_core"
SERVER = PACKAGES / "sio-server/src/sio_server"
CLUSTER = "managers/cluster"
CLIENT = PACKAGES / "sio-client/src/sio_client"

LINKS = ("listener", "publisher")
COLOURS: dict[str, tuple[Path, list[str], list[str]]] = {
    "sio-server": (
        SERVER,
        [
            *("async_server.py", "server_methods.py", "dispatch/asyncio.py"),
            *("dispatch/local_asyncio.py", "patched/asyncio.py", "drivers/asyncio"),
            *(f"{CLUSTER}/{name}.py" for name in ("anywhere_methods", "async_pubsub")),
            f"{CLUSTER}/asyncio_runner.py",
        ],
        [
            *(
                "server.py",
                "dispatch/threads.py",
                "dispatch/local_threads.py",
                "patched/threads.py",
            ),
            *("concurrency", "drivers/threads"),
            *(f"{CLUSTER}/{name}.py" for name in ("pubsub", "threads_runner")),
        ],
    ),
    "sio-client": (
        CLIENT,
        [
            *("async_client.py", "async_simple_client.py", "handlers/task_dispatcher.py"),
            "drivers/asyncio",
        ],
        [
            *("client.py", "simple_client.py", "handlers/thread_calls.py"),
            *("handlers/thread_dispatcher.py", "drivers/threads"),
        ],
    ),
    "sio-server, one file": (
        SERVER,
        [
            *("managers/local.py:AsyncManager", "managers/served.py:AsyncServed"),
            *("async_namespace.py:AsyncNamespace", "namespace_base.py:AsyncNamespaceBase"),
            *(f"{CLUSTER}/broker.py:AsyncBroker", f"{CLUSTER}/hook_brokers.py:AsyncHookBroker"),
            *(f"{CLUSTER}/over_amqp.py:AmqpMethods", "admin/colours.py:InstrumentedAsyncServer"),
            *("serving/async_server_end.py:AsyncServerEnd", "serving/hosting.py:AsyncHosted"),
            *("engine_colours.py:AsyncEngineApi", "engine_face.py:EngineFace"),
            *("user_sessions.py:AwaitedSession", "user_sessions.py:AwaitedSessions"),
            "engineio/async_server.py",
        ],
        [
            *("managers/local.py:Manager", "managers/served.py:BlockingServed"),
            *("namespace.py:Namespace", "namespace_base.py:BlockingNamespaceBase"),
            *(f"{CLUSTER}/broker.py:Broker", f"{CLUSTER}/hook_brokers.py:HookBroker"),
            *(f"{CLUSTER}/over_amqp.py:BlockingAmqpMethods", "admin/colours.py:InstrumentedServer"),
            *("serving/server_end.py:ServerEnd", "serving/hosting.py:BlockingHosted"),
            *("engine_colours.py:BlockingEngineApi", "engine_face.py:BlockingEngineFace"),
            *("user_sessions.py:BlockingSession", "user_sessions.py:BlockingSessions"),
            "engineio/server.py",
        ],
    ),
    "sio-client, one file": (
        CLIENT,
        [
            *("namespaces.py:AsyncClientNamespace", "engineio/clients.py:AsyncClient"),
            "engineio/connections.py:AsyncConnection",
        ],
        [
            *("namespaces.py:ClientNamespace", "engineio/clients.py:Client"),
            "engineio/connections.py:Connection",
        ],
    ),
    "sio-redis": (
        PACKAGES / "sio-redis/src/sio_redis",
        ["async_broker.py", "managers.py:AsyncRedisManager"],
        ["broker.py", "managers.py:RedisManager"],
    ),
    "sio-kafka": (
        PACKAGES / "sio-kafka/src/sio_kafka",
        ["managers.py:AsyncKafkaManager"],
        ["managers.py:KafkaManager"],
    ),
    "sio-zmq": (
        PACKAGES / "sio-zmq/src/sio_zmq",
        ["managers.py:AsyncZmqManager"],
        ["managers.py:ZmqManager"],
    ),
    # Two libraries for one broker.
    "sio-amqp and sio-kombu": (
        PACKAGES,
        [f"sio-amqp/src/sio_amqp/{name}.py" for name in ("managers", "async_broker", *LINKS)],
        [
            f"sio-kombu/src/sio_kombu/{name}.py"
            for name in ("managers", "amqp_broker", *(f"amqp_{link}" for link in LINKS))
        ],
    ),
}
"""What of a package is of one colour: asyncio's files, folders and classes, then those that block.

A class stands behind the name of its file. sio-nats has one colour alone.
"""

ALONE = "alone"
KINDS = (DECLARATION, SIGNATURE, SHARED, CALL, ALONE, OTHER, WAITING)
"""The kinds of lines, as `line_kinds` tells them. One that is of two kinds is of the later.

A line of which no rule says more is alone if what stands before it and behind it differs: `return
self`, `if events:`. Written once it would leave a call in its place, which is one line, too. Else
it stands in a row that both colours have.
"""
KINDS_LEFT = (CALL, ALONE, OTHER)
"""Those that are no signature, no I/O and no call of what is shared: `LEFT` has each such line."""

COLOUR = re.compile(r"\b(?:async|await) |\bAsync")
LETTER = re.compile(r"[A-Za-z]")
EMPTY = {
    *("return", "return None", "return False", "return True", "raise", "pass", "break", "continue"),
    *("else:", "try:", "finally:", "while True:", "if TYPE_CHECKING:", "self,", "@property", "..."),
}
"""Lines that say nothing without their neighbours."""


@dataclass(frozen=True)
class Line:
    """One line of code without its colour, its kind, and where it stands."""

    text: str
    kind: str
    place: str


@dataclass
class Twins:
    """The lines that both colours of one package have, by kind."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    """Where each line stands: `FILE:LINE`, in both colours."""

    @property
    def left(self) -> Counter[str]:
        """Those that are no signature, no I/O and no call of what is shared."""
        return sum((self.kinds[kind] for kind in KINDS_LEFT), Counter())

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.count(kind) for kind in self.kinds)

    def count(self, kind: str) -> int:
        """Return how many there are of one kind."""
        return self.kinds[kind].total()


def twins(package: str) -> Twins:
    """Return the twins of a package that is in `COLOURS`."""
    folder, awaiting, blocking = COLOURS[package]
    colours = [list(read_colour(folder, names)) for names in (awaiting, blocking)]
    in_rows = {text for pair in pairs(colours[0]) & pairs(colours[1]) for text in pair}
    ranks: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
    found = Twins({kind: Counter() for kind in KINDS})
    for lines, by_text in zip(colours, ranks, strict=True):
        for line in lines:
            kind = ALONE if line.kind == OTHER and line.text not in in_rows else line.kind
            by_text.setdefault(line.text, []).append(KINDS.index(kind))
            found.places.setdefault(line.text, []).append(line.place)
    for text, ours in ranks[0].items():
        # As often as the rarer of the two has it, those first that are of the latest kinds.
        theirs = ranks[1].get(text, [])
        for pair in zip(sorted(ours, reverse=True), sorted(theirs, reverse=True), strict=False):
            found.kinds[KINDS[max(pair)]][text] += 1
    return found


def pairs(lines: Sequence[Line]) -> set[tuple[str, str]]:
    """Return which lines stand one behind the other."""
    return {(one.text, other.text) for one, other in itertools.pairwise(lines)}


def entries(folder: Path, names: Sequence[str]) -> list[Entry]:
    """Return the files of one colour, each with the class of it that is meant, if not all."""
    found = []
    for each in names:
        name, _, owner = each.partition(":")
        found += [(path, owner) for path in files(folder, name)]
    return found


def files(folder: Path, name: str) -> list[Path]:
    """Return the files of one entry of `COLOURS`. There must be one."""
    path = folder / name
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise FileNotFoundError(f"{path} is in COLOURS and not in the package")
    return found


@functools.cache
def definitions(folder: Path) -> Definitions:
    """Return what is defined in and around a package."""
    around = [CORE, SERVER] if folder == PACKAGES else [CORE, SERVER, folder]
    sources = [path for each in around for path in each.rglob("*.py")]
    colours: tuple[list[Entry], list[Entry]] = ([], [])
    for where, *names in COLOURS.values():
        if where == folder:
            for colour, those in zip(colours, names, strict=True):
                colour += entries(folder, those)
    return define(sources, *colours)


def read_colour(folder: Path, names: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of code of one colour."""
    defined = definitions(folder)
    for path, owner in entries(folder, names):
        for line in read(path, owner, defined):
            yield replace(line, place=f"{path.relative_to(folder)}:{line.place}")


def read(path: Path, owner: str, defined: Definitions) -> Iterator[Line]:
    """Yield the lines of code of a file, or of its class `owner`, without their colour."""
    tree: ast.AST = parse(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    wanted = range(1, len(lines) + 1)
    if owner:
        found = [each for each in ast.walk(tree) if is_class(each, owner)]
        if not found:
            raise LookupError(f"{owner} is in COLOURS and not in {path}")
        tree = found[0]
        wanted = span(found[0])
    left_out = {number for node in ast.walk(tree) if is_no_code(node) for number in span(node)}
    kind_of = kinds(tree, path, defined)
    for number in wanted:
        code = lines[number - 1].partition("  #")[0].strip()
        plain = COLOUR.sub("", code)
        if number in left_out or code.startswith("#") or not LETTER.search(plain):
            continue
        if plain not in EMPTY:
            yield Line(plain, kind_of.get(number, OTHER), str(number))


def is_class(node: ast.AST, name: str) -> TypeGuard[ast.ClassDef]:
    """Tell whether it is the class `name`."""
    return isinstance(node, ast.ClassDef) and node.name == name


def is_no_code(node: ast.AST) -> TypeGuard[ast.stmt]:
    """Tell whether it is an import or a docstring."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.Expr):
        return False
    return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the counts, and with `--lines` the lines."""
    parser = argparse.ArgumentParser(prog="python3 -m devtools.twins", description=__doc__)
    parser.add_argument("--lines", action="store_true", help="print each line, with how often")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(COLOURS))
    chosen = parser.parse_args(arguments)
    for package in chosen.packages or COLOURS:
        found = twins(package)
        kinds = ", ".join(f"{lines.total()} {kind}" for kind, lines in found.kinds.items())
        print(f"{package}: {found.total} lines in both colours: {kinds}")
        for kind, lines in found.kinds.items() if chosen.lines else ():
            print(f"  {kind}")
            for line, count in lines.most_common():
                print(f"  {count:4} {line}")
                if kind in KINDS_LEFT:
                    reasons = [why for why, left in LEFT.get(package, {}).items() if line in left]
                    print(f"         {' '.join(found.places[line])}")
                    print(f"         {', or '.join(reasons)}")


if __name__ == "__main__":
    main()
