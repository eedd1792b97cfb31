"""Inside a package: no circle, no import upwards, no private name of another folder.

Imports for type checkers alone count like all others. A package gets a row when it keeps the rules.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.imports import ROOT

FOLDERS = {
    "sio_server": (
        "sio-server",
        # From the lowest to the highest; a folder imports from itself and from those before it.
        ("log", "drivers", "drivers/asyncio", "drivers/threads", "dispatch", "managers", "serving"),
    ),
}
"""The distribution of each package, and its folders. What stands at the top may import them all."""

HOOKS = frozenset({"_trigger_event", "_get_event_handler"})
"""Names that applications override: private by their look alone."""


def modules(name: str) -> dict[str, Path]:
    """Return the file of each module of a package."""
    source = ROOT / "packages" / FOLDERS[name][0] / "src"
    found = {}
    for path in sorted((source / name).rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(module: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Return the modules of the same package that a module imports, wherever it does."""
    package = module.split(".")
    if path.name != "__init__.py":
        package.pop()
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found.add(inner if inner in known else base)
    return (found & set(known)) - {module}


def folder(path: Path, name: str) -> str:
    inner = path.parent.as_posix().rpartition(f"/src/{name}")[2]
    return inner.strip("/")


@pytest.mark.parametrize("name", FOLDERS)
def test_no_circle(name: str) -> None:
    known = modules(name)
    left = {module: imports(module, path, known) for module, path in known.items()}
    while free := {module for module, needs in left.items() if not needs}:
        left = {module: needs - free for module, needs in left.items() if module not in free}
    assert not left, f"these import each other, or what does: {left}"


@pytest.mark.parametrize("name", FOLDERS)
def test_no_import_upwards(name: str) -> None:
    known, order = modules(name), FOLDERS[name][1]
    bad = []
    for module, path in known.items():
        own = folder(path, name)
        if own not in order:
            continue
        allowed = order[: order.index(own) + 1]
        for needed in imports(module, path, known):
            if folder(known[needed], name) not in allowed:
                bad.append(f"{module} imports {needed}")
    assert not bad, "\n".join(bad)


def private_uses(tree: ast.AST) -> Iterator[ast.Attribute]:
    """Yield the attributes with a private name that are not those of an object itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            owner = node.value
            own = isinstance(owner, ast.Name) and owner.id in ("self", "cls")
            inherited = isinstance(owner, ast.Call) and ast.unparse(owner.func) == "super"
            if not (own or inherited or node.attr.startswith("__") or node.attr in HOOKS):
                yield node


def private_names(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that a module gives to functions, classes and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


@pytest.mark.parametrize("name", FOLDERS)
def test_no_private_name_of_another_folder(name: str) -> None:
    trees = {p: ast.parse(p.read_text(encoding="utf-8")) for p in modules(name).values()}
    own: dict[str, set[str]] = {}
    for path, tree in trees.items():
        own.setdefault(folder(path, name), set()).update(private_names(tree))
    bad = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in trees.items()
        for node in private_uses(tree)
        if node.attr not in own[folder(path, name)]
    ]
    assert not bad, "\n".join(bad)
