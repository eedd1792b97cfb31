"""The lines that stand in both colours: how many, of what kind, and which.

    python3 -m devtools.twins [--lines] [PACKAGE ...]

A package has files of asyncio and files that block; some files have classes of both. Of each
colour every line of code is counted, without imports, docstrings, comments, lines of one keyword or
of no letter, and without the words `async` and `await` and names' `Async`. What both have, as often
as the rarer of the two, is a twin: of a signature, of a call that asyncio waits for (I/O), or of
what could be written once.
"""

import argparse
import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard

from devtools.output import ROOT

PACKAGES = ROOT / "packages"
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

SIGNATURE, DECLARATION, WAITING = "signatures", "declarations", "I/O"
CALL, ALONE, OTHER = "calls", "alone", "else"
KINDS = (DECLARATION, SIGNATURE, CALL, ALONE, OTHER, WAITING)
"""The kinds of lines. One that is of two kinds is of the later.

* a declaration says what a class has, such as `__slots__` or `emit = forward(Server.emit)`: it is
  in the class and in none of its functions;
* I/O is whatever asyncio awaits;
* a call is a statement that only calls something, such as `self._fail(error)`: what is called
  is written once, or is what a socket, a pipe or a lock does;
* a line is alone if what stands before it and behind it differs: `return self`, `if events:`;
* else lines stand in a row that both colours have: those could be written once.
"""

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
    def total(self) -> int:
        """How many there are."""
        return sum(self.count(kind) for kind in self.kinds)

    def count(self, kind: str) -> int:
        """Return how many there are of one kind."""
        return self.kinds[kind].total()


def twins(package: str) -> Twins:
    """Return the twins of a package that is in `COLOURS`."""
    folder, awaiting, blocking = COLOURS[package]
    colours = [
        [line for name in names for line in read_entry(folder, name)]
        for names in (awaiting, blocking)
    ]
    common = Counter(line.text for line in colours[0]) & Counter(line.text for line in colours[1])
    in_rows = {text for pair in pairs(colours[0]) & pairs(colours[1]) for text in pair}
    kinds: dict[str, str] = {}
    found = Twins({kind: Counter() for kind in KINDS})
    for line in itertools.chain(*colours):
        if line.text in common:
            kind = ALONE if line.kind == OTHER and line.text not in in_rows else line.kind
            kinds[line.text] = max(kind, kinds.get(line.text, kind), key=KINDS.index)
            found.places.setdefault(line.text, []).append(line.place)
    for text, count in common.items():
        found.kinds[kinds[text]][text] = count
    return found


def pairs(lines: Sequence[Line]) -> set[tuple[str, str]]:
    """Return which lines stand one behind the other."""
    return {(one.text, other.text) for one, other in itertools.pairwise(lines)}


def read_entry(folder: Path, name: str) -> Iterator[Line]:
    """Yield the lines of one entry of `COLOURS`, as `read` does."""
    name, _, owner = name.partition(":")
    for path in files(folder, name):
        for line in read(path, owner):
            yield replace(line, place=f"{path.relative_to(folder)}:{line.place}")


def files(folder: Path, name: str) -> list[Path]:
    """Return the files of one entry of `COLOURS`. There must be one."""
    path = folder / name
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise FileNotFoundError(f"{path} is in COLOURS and not in the package")
    return found


def read(path: Path, owner: str = "") -> Iterator[Line]:
    """Yield the lines of code of a file, or of its class `owner`, without their colour."""
    text = path.read_text(encoding="utf-8")
    tree: ast.AST = ast.parse(text)
    lines = text.splitlines()
    wanted = range(1, len(lines) + 1)
    if owner:
        found = [each for each in ast.walk(tree) if is_class(each, owner)]
        if not found:
            raise LookupError(f"{owner} is in COLOURS and not in {path}")
        tree = found[0]
        wanted = range(found[0].lineno, (found[0].end_lineno or 0) + 1)
    left_out: set[int] = set()
    signatures: set[int] = set()
    waiting: set[int] = set()
    declared: set[int] = set()
    calls: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr) and not _is_code(node):
            left_out |= span(node)
        elif isinstance(node, ast.Await):
            waiting |= span(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            calls |= span(node)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            signatures |= {node.lineno, *range(first, node.body[0].lineno)}
        if isinstance(node, ast.ClassDef):
            members = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
            for each in members:
                declared |= span(each)
    for number in wanted:
        code = lines[number - 1].partition("  #")[0].strip()
        plain = COLOUR.sub("", code)
        if number in left_out or code.startswith("#") or not LETTER.search(plain):
            continue
        if plain in EMPTY:
            continue
        kinds = (
            (WAITING, waiting),
            (DECLARATION, declared),
            (SIGNATURE, signatures),
            (CALL, calls),
        )
        kind = next((kind for kind, numbers in kinds if number in numbers), OTHER)
        yield Line(plain, kind, str(number))


def span(node: ast.stmt | ast.expr) -> set[int]:
    """Return the numbers of the lines of a statement or an expression."""
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def is_class(node: ast.AST, name: str) -> TypeGuard[ast.ClassDef]:
    """Tell whether it is the class `name`."""
    return isinstance(node, ast.ClassDef) and node.name == name


def _is_code(node: ast.Import | ast.ImportFrom | ast.Expr) -> bool:
    """Tell whether it is more than an import or a docstring."""
    if not isinstance(node, ast.Expr):
        return False
    return not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))


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
                where = "  # " + " ".join(found.places[line]) if kind in (ALONE, OTHER) else ""
                print(f"  {count:4} {line}{where}")


if __name__ == "__main__":
    main()
