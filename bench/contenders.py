"""The sides that can be run: labels turned into commands, and what is installed for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import interpreters
import node
from sides import BARE, FRAMEWORKS, SIDES, WEB_SERVERS, WSGI_SERVERS, BenchError

# what follows the options is hidden, as if it were not installed
IMPORT_PYTHON = """
import sys, time
sys.modules.update(dict.fromkeys(sys.argv[1:]))
begin = time.perf_counter()
from socketio import %s
print((time.perf_counter() - begin) * 1000)
"""
# python-engineio imports these where they are installed, and serves without them
NOT_NEEDED = ("aiohttp", "tornado", "sanic", "requests", "websocket")

IMPORT_NODE = """
const begin = performance.now();
require('socket.io');
console.log(performance.now() - begin);
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """A side that can be run: `serve` takes the port as its last argument.

    For a client, the arguments that `client_turns.py` adds come before it.
    """

    label: str
    title: str
    serve: tuple[str, ...]
    imports: Mapping[str, tuple[str, ...]]  # by figure: prints how long an import takes, in ms
    versions: Mapping[str, str]


def contenders(
    labels: Sequence[str], pythons: Mapping[str, str], loop: str, optional: Sequence[str] = ()
) -> tuple[list[Contender], list[str]]:
    """Return what can be run, and a line for each of the `optional` sides that cannot.

    `pythons` has the interpreter for each row of `PYTHONS` that the labels need. Raises
    BenchError when a side that is not optional cannot be run.
    """
    found, reasons = [], []
    for label in labels:
        try:
            if SIDES[label].program == "node":
                found.append(_node(label))
            else:
                found.append(_python(label, pythons, loop))
        except BenchError as error:
            if label not in optional:
                raise
            reasons.append(f"{label} is left out: {error}")
    return found, reasons


def _python(label: str, pythons: Mapping[str, str], loop: str) -> Contender:
    side = SIDES[label]
    python = pythons[side.program]
    if side.client:
        modules = ["socketio", *side.needs, *(["uvloop"] if loop == "uvloop" else [])]
        versions = interpreters.inspect(side.program, python, modules)
        versions.pop("msgspec", None)  # hidden from clients
        return Contender(label, side.title, (python, side.server, loop), {}, versions)
    if side.wsgi:
        modules = ["socketio", *WSGI_SERVERS[side.server], *side.needs]
        return _contender(label, python, ("wsgi_app.py", side.server), "Server, WSGIApp", modules)
    program: tuple[str, ...]
    if side.bare:
        modules = [*BARE[side.server], *(["uvloop"] if loop == "uvloop" else [])]
        if loop == "uvloop" and "uvicorn" in modules:
            modules.append("httptools")
        program = ("bare_app.py", side.server, loop)
        return _contender(label, python, program, "ASGIApp", modules)
    web = FRAMEWORKS.get(side.server) or WEB_SERVERS[side.server]
    modules = ["socketio", *web, *side.needs]
    if loop == "uvloop":
        modules.append("uvloop")
        if side.server.startswith("uvicorn"):
            modules.append("httptools")
    if side.server in FRAMEWORKS:
        program = (f"{side.server}_app.py", loop)
        return _contender(label, python, program, "AsyncServer", modules)
    program = ("asgi_app.py", side.server, loop)
    return _contender(label, python, program, "ASGIApp, AsyncServer", modules)


def _contender(
    label: str, python: str, program: tuple[str, ...], names: str, modules: Sequence[str]
) -> Contender:
    side = SIDES[label]
    return Contender(
        label,
        side.title,
        (python, *program),
        {
            "import_ms": (python, "-c", IMPORT_PYTHON % names),
            "lean_import_ms": (python, "-c", IMPORT_PYTHON % names, *NOT_NEEDED),
        },
        interpreters.inspect(side.program, python, modules),
    )


def _node(label: str) -> Contender:
    program = node.located()
    node.install_packages()
    imports = {"import_ms": (program, "-e", IMPORT_NODE)}
    command = (program, "node_app.cjs")
    return Contender(label, SIDES[label].title, command, imports, node.versions(program))
