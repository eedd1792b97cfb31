"""The rooms of the package: each imports only those before it, and none goes round in a circle.

Imports for type checkers count as well, and a private name is for its own room alone.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sio_client

ROOT = Path(str(sio_client.__file__)).parent
ROOMS = ("user_agent", "settings", "handlers", "attempts", "drivers", "process_end", "", "command")
"""From the lowest to the highest; "" are the modules beside the rooms."""
FOR_ALL = {"__about__"}
APART = ({"drivers.asyncio"}, {"drivers.threads"})
"""Folders that know nothing of each other."""


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imported(name: str) -> Iterator[tuple[str, str]]:
    """The modules of this package that a module imports, each with the name that it takes."""
    path = MODULES[name]
    package = list(path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                inner = f"{module}.{alias.name}".strip(".")
                yield (inner if inner in MODULES else module), alias.name


def room(name: str) -> str:
    first = name.partition(".")[0]
    return first if first in ROOMS else ""


def folder(name: str) -> str:
    inside = MODULES[name].name == "__init__.py"
    return name if inside else name.rpartition(".")[0]


GRAPH = {name: {module for module, _ in imported(name) if module} for name in MODULES}


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in ROOT.iterdir() if (path / "__init__.py").exists()}
    assert folders == set(ROOMS) - {""}


@pytest.mark.parametrize("name", MODULES)
def test_no_import_upwards(name: str) -> None:
    own = ROOMS.index(room(name))
    upwards = {
        module
        for module in GRAPH[name] - FOR_ALL
        if ROOMS.index(room(module)) > own and name != "__main__"
    }
    assert not upwards


@pytest.mark.parametrize("name", MODULES)
def test_the_colours_do_not_know_each_other(name: str) -> None:
    for one, other in (APART, APART[::-1]):
        if folder(name) in one:
            assert not {module for module in GRAPH[name] if folder(module) in other}


def test_no_circle() -> None:
    left = {name: set(modules) for name, modules in GRAPH.items() if name}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left, "these import each other, or what does"


@pytest.mark.parametrize("name", MODULES)
def test_private_names_stay_in_their_folder(name: str) -> None:
    taken = {
        f"{module}.{what}"
        for module, what in imported(name)
        if what.startswith("_") and not what.startswith("__") and folder(module) != folder(name)
    }
    assert not taken
