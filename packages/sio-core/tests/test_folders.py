"""What the folders of the core may import: only what stands above them in docs/architecture.md.

Modules of one folder may name each other's classes to type checkers, as a session does that of
its link and a link that of its session; what runs has no circle at all.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import sio_core

SOURCE = Path(str(sio_core.__file__)).parent

ORDER = (
    "",
    "http",
    "websocket",
    "prepared.py",
    "codecs",
    "handlers",
    "engineio",
    "engineio/client",
    "socketio/parsers",
    "socketio",
    "socketio/client",
    "testing",
)
"""From the lowest to the highest. `prepared` stands above the frames that it is made of."""

FACES = frozenset(
    (
        "cookies",
        "cors",
        "fast_json",
        "frame_reader",
        "json",
        "socketio/cbor_parser",
        "socketio/msgpack_parser",
        "socketio/serializers",
    )
)
"""Modules that only have the names of others: like an `__init__`, they may import them all."""


def modules() -> dict[str, Path]:
    """Return every module by its path without suffix, a folder for its `__init__`."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).with_suffix("").as_posix()
        found[name.removesuffix("__init__").rstrip("/")] = path
    return found


MODULES = modules()


def imports(name: str, *, types: bool) -> Iterator[str]:
    """Yield the modules of the core that one imports; with `types` those for type checkers too."""
    path = MODULES[name]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not types:
            skipped.update(id(inner) for inner in ast.walk(node))
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in skipped:
            folder = path.relative_to(SOURCE).parents[node.level - 1].as_posix().strip(".")
            base = "/".join([part for part in (folder, *(node.module or "").split(".")) if part])
            for alias in node.names:
                inner = f"{base}/{alias.name}".strip("/")
                yield inner if inner in MODULES else base


def place(name: str) -> int:
    path = MODULES[name]
    own = path.relative_to(SOURCE).as_posix()
    return ORDER.index(
        own if own in ORDER else path.parent.relative_to(SOURCE).as_posix().strip(".")
    )


def collects(name: str) -> bool:
    return name in FACES or MODULES[name].name == "__init__.py"


def test_folders_import_only_those_above_them() -> None:
    bad = [
        f"{name} imports {needed}"
        for name in MODULES
        if not collects(name)
        for needed in imports(name, types=True)
        if place(needed) > place(name) or needed in FACES
    ]
    assert not bad, "\n".join(bad)


def test_the_search_finds_imports() -> None:
    assert {"prepared", "engineio/revision"} <= {*imports("engineio/session", types=False)}
    assert "engineio/link" not in {*imports("engineio/session", types=False)}
    assert "engineio/link" in {*imports("engineio/session", types=True)}


def test_what_runs_has_no_circle() -> None:
    left = {name: {*imports(name, types=False)} for name in MODULES if not collects(name)}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left, f"these import each other, or what does: {left}"
