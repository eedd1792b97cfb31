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
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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
            *("managers/local.py:AsyncManager", "namespace.py:AsyncNamespace"),
            *(f"{CLUSTER}/broker.py:AsyncBroker", f"{CLUSTER}/hook_brokers.py:AsyncHookBroker"),
            "serving/server_end.py:AsyncServerEnd",
        ],
        [
            *("managers/local.py:Manager", "namespace.py:Namespace"),
            *(f"{CLUSTER}/broker.py:Broker", f"{CLUSTER}/hook_brokers.py:HookBroker"),
            "serving/server_end.py:ServerEnd",
        ],
    ),
    "sio-client, one file": (
        CLIENT,
        ["namespaces.py:AsyncClientNamespace"],
        ["namespaces.py:ClientNamespace"],
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

SIGNATURE, WAITING, OTHER = "signatures", "calls that asyncio waits for", "others"
KINDS = (SIGNATURE, OTHER, WAITING)
"""The kinds of lines. One that is of two kinds is of the later."""

COLOUR = re.compile(r"\b(?:async|await) |\bAsync")
LETTER = re.compile(r"[A-Za-z]")
EMPTY = {
    *("return", "return None", "return False", "return True", "raise", "pass", "break", "continue"),
    *("else:", "try:", "finally:", "while True:", "if TYPE_CHECKING:", "self,", "@property", "..."),
}
"""Lines that say nothing without their neighbours."""


@dataclass
class Twins:
    """The lines that both colours of one package have, by kind."""

    kinds: dict[str, Counter[str]] = field(default_factory=dict)

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
    kinds: dict[str, str] = {}
    counts = []
    for names in (awaiting, blocking):
        lines = [pair for name in names for pair in read_entry(folder, name)]
        counts.append(Counter(line for line, _ in lines))
        for line, kind in lines:
            kinds[line] = max(kind, kinds.get(line, kind), key=KINDS.index)
    common = counts[0] & counts[1]
    found = Twins({kind: Counter() for kind in (SIGNATURE, WAITING, OTHER)})
    for line, count in common.items():
        found.kinds[kinds[line]][line] = count
    return found


def read_entry(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of one entry of `COLOURS`, as `read` does."""
    name, _, owner = name.partition(":")
    for path in files(folder, name):
        yield from read(path, owner)


def files(folder: Path, name: str) -> list[Path]:
    """Return the files of one entry of `COLOURS`. There must be one."""
    path = folder / name
    found = [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise FileNotFoundError(f"{path} is in COLOURS and not in the package")
    return found


def read(path: Path, owner: str = "") -> Iterator[tuple[str, str]]:
    """Yield the lines of code of a file, or of its class `owner`, without their colour.

    Each comes with its kind.
    """
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
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr) and not _is_code(node):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.Await):
            waiting |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            signatures |= {node.lineno, *range(first, node.body[0].lineno)}
    for number in wanted:
        code = lines[number - 1].partition("  #")[0].strip()
        plain = COLOUR.sub("", code)
        if number in left_out or code.startswith("#") or not LETTER.search(plain):
            continue
        if plain in EMPTY:
            continue
        kind = SIGNATURE if number in signatures else OTHER
        yield plain, WAITING if number in waiting else kind


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
                print(f"  {count:4} {line}")


if __name__ == "__main__":
    main()
