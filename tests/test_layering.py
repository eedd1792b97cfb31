"""Arrows only point down: what each package may import, held to a table.

The table is the one in docs/architecture.md. A new package gets a row, never an exception.
"""

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.imports import ROOT, Import, imports_of


@dataclass(frozen=True)
class Row:
    """What a package may import: when it is imported itself, and later, inside functions.

    `libraries` are the few of others that it brings along, with what they bring themselves.

    `plugins` are modules of its own that only their user imports, by name: what they import
    counts as later.
    """

    distribution: str
    below: frozenset[str] = frozenset()
    lazily: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    libraries: frozenset[str] = frozenset()


TABLE = {
    "sio_core": Row("sio-core", lazily=frozenset({"cbor2", "msgspec"})),
    "sio_server": Row(
        "sio-server",
        frozenset({"sio_core"}),
        frozenset({"gevent", "eventlet", "websockets"}),
    ),
    "sio_asgi": Row(
        "sio-asgi",
        frozenset({"sio_core", "sio_server"}),
        frozenset({"uvicorn", "wsproto"}),
        plugins=("sio_asgi/uvicorn/",),
    ),
    "sio_wsgi": Row(
        "sio-wsgi",
        frozenset({"sio_core", "sio_server"}),
        frozenset({"gevent", "eventlet", "uwsgi"}),
        libraries=frozenset({"wsproto", "h11"}),  # wsproto is made of h11
    ),
    "sio_client": Row(
        "sio-client",
        frozenset({"sio_core"}),
        frozenset({"websockets"}),
        libraries=frozenset({"h11"}),
    ),
    # The drop-in layer may know everything, but an adapter only once one of its names is used.
    "socketio": Row("sio-compat", frozenset({"sio_core", "sio_server"}), frozenset({"*"})),
}

ADAPTERS = frozenset(TABLE) - {"sio_core", "sio_server", "socketio"}


def source(name: str) -> Path:
    return ROOT / "packages" / TABLE[name].distribution / "src" / name


def outside(name: str) -> list[Import]:
    """Return a package's imports of anything but itself and the standard library."""
    found = imports_of(source(name))
    return [item for item in found if item.top not in {name, *sys.stdlib_module_names}]


def complaint(items: list[Import]) -> str:
    return "\n".join(f"{item.where} imports {item.module}" for item in items)


def test_every_package_has_a_row() -> None:
    packages = {path.parent.parent.name: path.name for path in ROOT.glob("packages/*/src/*")}
    assert packages == {row.distribution: name for name, row in TABLE.items()}


@pytest.mark.parametrize("name", TABLE)
def test_the_source_is_there(name: str) -> None:
    assert imports_of(source(name)), "an empty folder would pass every other test here"


@pytest.mark.parametrize("name", TABLE)
def test_at_import_only_what_lies_below(name: str) -> None:
    allowed = TABLE[name].below | TABLE[name].libraries
    plugins = TABLE[name].plugins
    bad = [
        item
        for item in outside(name)
        if not item.lazy and item.top not in allowed and not item.where.startswith(plugins)
    ]
    assert not bad, complaint(bad)


@pytest.mark.parametrize("name", [name for name in TABLE if TABLE[name].plugins])
def test_plugins_are_not_imported_with_their_package(name: str) -> None:
    program = f"import sys, {name}; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    for plugin in TABLE[name].plugins:
        assert plugin.removesuffix(".py").strip("/").replace("/", ".") not in loaded
    assert not TABLE[name].lazily & set(loaded)


@pytest.mark.parametrize("name", TABLE)
def test_lazily_only_what_the_table_names(name: str) -> None:
    allowed = TABLE[name].below | TABLE[name].libraries | TABLE[name].lazily
    bad = [item for item in outside(name) if item.top not in allowed and "*" not in allowed]
    assert not bad, complaint(bad)


@pytest.mark.parametrize("name", sorted(ADAPTERS))
def test_no_adapter_knows_another_adapter(name: str) -> None:
    bad = [item for item in outside(name) if item.top in ADAPTERS | {"socketio"}]
    assert not bad, complaint(bad)


def required(distribution: str) -> set[str]:
    """Return the distributions that installing this one brings, itself included."""
    manifest = ROOT / "packages" / distribution / "pyproject.toml"
    project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
    siblings = {row.distribution for row in TABLE.values()}
    libraries = {row.distribution: row.libraries for row in TABLE.values()}
    found = {distribution}
    for requirement in project["dependencies"]:
        sibling = requirement.partition(">")[0]
        if sibling in libraries[distribution]:
            continue
        assert sibling in siblings, f"{requirement}: third-party packages belong into an extra"
        assert requirement == f"{sibling}>=0.1,<0.2", "siblings are required by compatible range"
        found |= required(sibling)
    return found


@pytest.mark.parametrize("name", TABLE)
def test_the_manifest_brings_what_is_imported(name: str) -> None:
    plugins = TABLE[name].plugins
    found = [item for item in outside(name) if not item.where.startswith(plugins)]
    imported = {item.top for item in found if not item.lazy} - TABLE[name].libraries
    brought = required(TABLE[name].distribution)
    assert {TABLE[top].distribution for top in imported} <= brought
