"""What the API pages say: a sentence a name, each parameter of what users call, examples."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = (
    *sorted(path.name for path in ROOT.glob("packages/*/src/sio_*")),
    "sio_core.cluster",
    "sio_core.engineio",
    "sio_core.socketio",
    "sio_core.testing",
    "sio_core.websocket",
    "sio_core.exceptions",
)
# Whose methods are called by applications: each says what its parameters are.
OF_USERS = {
    "sio_asgi": ("ASGIApp",),
    "sio_wsgi": ("WSGIApp",),
    "sio_server": ("AsyncServer", "Server", "AsyncManager", "Manager"),
    "sio_client": ("AsyncClient", "Client", "AsyncSimpleClient", "SimpleClient"),
    "sio_core.cluster": ("Node",),
    "sio_core.engineio": ("Server", "Exchange", "Link", "Session", "Client"),
    "sio_core.socketio": ("Server", "Client", "Rooms"),
    "sio_core.testing": ("ClientModel", "Net", "Pair"),
    "sio_core.websocket": ("FrameReader",),
}
WITH_EXAMPLE = (
    "sio_asgi.ASGIApp",
    "sio_wsgi.WSGIApp",
    "sio_server.ServerOptions",
    "sio_client.ClientOptions",
    *(f"sio_server.{name}" for name in ("AsyncServer", "Server")),
    *(f"sio_server.{name}.{way}" for name in ("AsyncServer", "Server") for way in ("emit", "call")),
    *(
        f"sio_client.{name}.{way}"
        for name in ("AsyncClient", "Client")
        for way in ("connect", "emit", "call")
    ),
)
SENTENCE = re.compile(r"[A-Z`\d].*[.:]\Z", re.DOTALL)
BLOCK = re.compile(r"::\n\n((?:(?:    .*)?\n)+)")


def functions(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class of this project, inherited ones too."""
    seen: set[str] = set()
    for base in owner.__mro__:
        for name, value in vars(base).items() if base.__module__.startswith("sio_") else ():
            value = getattr(value, "__func__", value)
            if name[0] != "_" and name not in seen and isinstance(value, property | FunctionType):
                yield name, value
            seen.add(name)


def documented() -> dict[str, Any]:
    """Return everything that the API pages describe, by its full name."""
    found: dict[str, Any] = {}
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        names = getattr(module, "__all__", None) or [
            name for name in vars(module) if name[0] != "_"
        ]
        for name in names:
            value = getattr(module, name)
            if not getattr(value, "__module__", "").startswith("sio_"):
                continue
            if inspect.isclass(value):
                found[f"{module_name}.{name}"] = value
                for inner, function in functions(value):
                    found[f"{module_name}.{name}.{inner}"] = function
            elif inspect.isfunction(value):
                found[f"{module_name}.{name}"] = value
    return found


DOCUMENTED = documented()


def by_owner(names: Iterable[str]) -> Any:
    """Parametrise a test by lists of names: those of one class, or what a module has beside."""
    lists: dict[str, list[str]] = {}
    for name in names:
        lists.setdefault(name.rpartition(".")[0], []).append(name)
    return pytest.mark.parametrize("names", [pytest.param(lists[own], id=own) for own in lists])


def text_of(value: Any) -> str:
    """Return a docstring without its indentation, of a class its own alone."""
    own = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return inspect.cleandoc(own or "")


@by_owner(DOCUMENTED)
def test_a_docstring_begins_with_a_sentence(names: list[str]) -> None:
    firsts = {name: text_of(DOCUMENTED[name]).partition("\n\n")[0] for name in names}
    assert {name: first for name, first in firsts.items() if not SENTENCE.fullmatch(first)} == {}


# How a noun phrase begins, which says what there is, and not what is done.
NOUN_PHRASE = re.compile(r"(An?|The|All|How|One|Seconds|True|What|When|Where|Which|Why) |`|\d")


@by_owner(
    name
    for name, value in DOCUMENTED.items()
    if name.startswith("sio_core") and inspect.isfunction(value) and ".testing." not in name
)
def test_a_docstring_of_the_core_says_what_a_function_does(names: list[str]) -> None:
    assert [name for name in names if NOUN_PHRASE.match(text_of(DOCUMENTED[name]))] == []


METHODS = {
    name: value
    for module, owners in OF_USERS.items()
    for owner in owners
    for name, value in DOCUMENTED.items()
    if name.startswith(f"{module}.{owner}.") and inspect.isfunction(value)
}


@by_owner(METHODS)
def test_a_docstring_names_the_parameters(names: list[str]) -> None:
    missing = []
    for name in names:
        text = text_of(METHODS[name])
        parameters = [*inspect.signature(METHODS[name]).parameters][1:]
        wanted = [each for each in parameters if each != "now"]
        missing += [(name, each) for each in wanted if f"`{each}`" not in text]
    assert missing == []


CLASSES = [
    f"{module}.{owner}"
    for module in ("sio_asgi", "sio_wsgi", "sio_server", "sio_client")
    for owner in OF_USERS[module]
]


@pytest.mark.parametrize("name", CLASSES)
def test_the_docstring_of_a_class_names_the_arguments(name: str) -> None:
    text = text_of(DOCUMENTED[name])
    parameters = inspect.signature(DOCUMENTED[name]).parameters
    assert [each for each in parameters if f"`{each}`" not in text] == []


@by_owner(DOCUMENTED)
def test_examples_are_python(names: list[str]) -> None:
    for name in names:
        for code in BLOCK.findall(text_of(DOCUMENTED[name]) + "\n"):
            compile(textwrap.dedent(code), name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_what_everyone_calls_has_an_example(name: str) -> None:
    assert BLOCK.search(text_of(DOCUMENTED[name]) + "\n")
