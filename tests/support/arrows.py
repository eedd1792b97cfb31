"""The arrows between the modules of a package, and its private names, read from the source.

An arrow is any import: at the top, inside a function, or for type checkers alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Arrow:
    """Module `source` imports `names` from module `target` of the same package."""

    source: str
    target: str
    names: tuple[str, ...]
    line: int
    typing: bool
    """Whether type checkers alone follow it."""

    def __str__(self) -> str:
        return f"{self.source} (line {self.line}) imports {self.target}"


@dataclass
class Module:
    """One file: its dotted name without that of the package, which is "" for the package itself."""

    name: str
    folder: str
    arrows: list[Arrow] = field(default_factory=list)
    foreign: list[tuple[str, str, int]] = field(default_factory=list)
    """Module and name of what it imports from elsewhere, and the line."""
    made: set[str] = field(default_factory=set)
    """Private names that it gives to a function, a class, a variable or an attribute."""
    reached: list[tuple[str, int]] = field(default_factory=list)
    """Private attributes that it uses of anything but `self` and `cls`, and the line."""


def private(name: str) -> bool:
    """Tell whether a name begins with one underscore."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


@cache
def read(package: Path) -> dict[str, Module]:
    """Return the modules of the package in a folder, by name."""
    files = {_name(path, package): path for path in sorted(package.rglob("*.py"))}
    found = {}
    for name, path in files.items():
        at_home = path.relative_to(package).parent.parts
        module = found[name] = Module(name, "/".join(at_home))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing = {inner for node in ast.walk(tree) for inner in _for_types_alone(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                for target, names in _imported(node, package.name, at_home, frozenset(files)):
                    if target is None:
                        module.foreign += [(*names, node.lineno)]  # type: ignore[list-item]
                    else:
                        arrow = Arrow(name, target, names, node.lineno, node in typing)
                        module.arrows.append(arrow)
            else:
                module.made.update(filter(private, _made(node)))
                if isinstance(node, ast.Attribute) and private(node.attr) and not _own(node):
                    module.reached.append((node.attr, node.lineno))
    return found


def _name(path: Path, package: Path) -> str:
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _for_types_alone(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        for statement in node.body:
            yield from ast.walk(statement)


def _imported(
    node: ast.Import | ast.ImportFrom, package: str, folder: tuple[str, ...], known: frozenset[str]
) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yield each module of the package with the names that come of it; others with None."""
    if isinstance(node, ast.Import):
        wanted = [(alias.name.split("."), [""]) for alias in node.names]
    else:
        base = [package, *folder[: len(folder) - node.level + 1]] if node.level else []
        rest = node.module.split(".") if node.module else []
        wanted = [([*base, *rest], [alias.name for alias in node.names])]
    for parts, names in wanted:
        if parts[0] != package:
            for name in names:
                yield None, (".".join(parts), name)
            continue
        module = ".".join(parts[1:])
        plain = []
        for name in names:
            inner = f"{module}.{name}".lstrip(".")
            if name and inner in known:
                yield inner, ()
            else:
                plain.append(name)
        if plain:
            yield module, tuple(plain)


def _made(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _own(node):
        yield node.attr
    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
        for constant in ast.walk(node.value):
            if isinstance(constant, ast.Constant):
                yield str(constant.value)


def _own(node: ast.Attribute) -> bool:
    value = node.value
    if isinstance(value, ast.Call):  # super()._x
        value = value.func
    return isinstance(value, ast.Name) and value.id in ("self", "cls", "super")


def in_circles(modules: dict[str, Module], *, types: bool = True) -> list[str]:
    """Return the modules that import themselves in the end, by others.

    `types` are the imports that only type checkers follow.
    """
    graph = {
        name: {a.target for a in module.arrows if types or not a.typing} - {name}
        for name, module in modules.items()
    }
    return [name for name in graph if name in _reached(name, graph)]


def _reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def private_imports(modules: dict[str, Module]) -> Iterator[str]:
    """Yield the imports of a private module, or of a private name, of another folder."""
    for module in modules.values():
        for arrow in module.arrows:
            home = modules[arrow.target].folder
            if module.folder == home:
                continue
            last = arrow.target.rpartition(".")[2]
            for name in (last, *arrow.names):
                if private(name):
                    yield f"{arrow}: {name}"


def private_reaches(modules: dict[str, Module], made: dict[str, set[str]]) -> Iterator[str]:
    """Yield the uses of private attributes that only other folders have made.

    `made` are the private names of all packages, by folder.
    """
    for module in modules.values():
        mine = set().union(*(other.made for other in modules.values() if _near(module, other)))
        for name, line in module.reached:
            if name in mine:
                continue
            makers = sorted(place for place, names in made.items() if name in names)
            if makers:
                yield f"{module.name} (line {line}) uses {name}, of {', '.join(makers)}"


def _near(one: Module, other: Module) -> bool:
    return one.folder == other.folder
