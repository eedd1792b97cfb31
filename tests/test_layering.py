"""Arrows only point down: what each package may import, held to a table.

The table is packages.toml. A new package gets an entry there, never an exception here.
"""

import subprocess
import sys
import tomllib

import pytest

from tests.support.imports import Import, imports_of
from tests.support.packages import MODULES, PACKAGES, Package

TABLE = {package.module: package for package in MODULES}
MODULE = {package.distribution: package.module for package in PACKAGES}
BESIDE = frozenset(TABLE) - {"sio_core", "sio_server", "socketio", "engineio", "sio_compat"}
"""Adapters and the client: none of them knows another."""


def allowed_at_import(package: Package) -> set[str]:
    """Return the import names of what a package may import when it is imported itself."""
    below = {MODULE[distribution] for distribution in package.below}
    shared = set(package.shared) - {package.module}
    return below | shared | set(package.libraries)


def outside(name: str) -> list[Import]:
    """Return a package's imports of anything but itself and the standard library."""
    found = imports_of(TABLE[name].source)
    return [item for item in found if item.top not in {name, *sys.stdlib_module_names}]


def complaint(items: list[Import]) -> str:
    return "\n".join(f"{item.where} imports {item.module}" for item in items)


@pytest.mark.parametrize("name", TABLE)
def test_the_source_is_there(name: str) -> None:
    assert imports_of(TABLE[name].source), "an empty folder would pass every other test here"


@pytest.mark.parametrize("name", TABLE)
def test_at_import_only_what_lies_below(name: str) -> None:
    allowed = allowed_at_import(TABLE[name])
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
    assert not set(TABLE[name].lazily) & set(loaded)


@pytest.mark.parametrize("name", TABLE)
def test_lazily_only_what_the_table_names(name: str) -> None:
    allowed = allowed_at_import(TABLE[name]) | set(TABLE[name].lazily)
    bad = [item for item in outside(name) if item.top not in allowed and "*" not in allowed]
    assert not bad, complaint(bad)


@pytest.mark.parametrize("name", sorted(BESIDE))
def test_no_adapter_knows_another_adapter(name: str) -> None:
    bad = [item for item in outside(name) if item.top in BESIDE | {"socketio", "engineio"}]
    assert not bad, complaint(bad)


def required(distribution: str) -> set[str]:
    """Return the distributions that installing this one brings, itself included."""
    package = TABLE[MODULE[distribution]]
    manifest = package.folder / "pyproject.toml"
    project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]
    found = {distribution}
    for requirement in project["dependencies"]:
        sibling = requirement.partition(">")[0].partition("[")[0]
        if sibling in package.libraries:
            continue
        assert sibling in MODULE, f"{requirement}: third-party packages belong into an extra"
        assert requirement == f"{sibling}>=0.1,<0.2", "siblings are required by compatible range"
        found |= required(sibling)
    return found


@pytest.mark.parametrize("name", TABLE)
def test_the_manifest_brings_what_is_imported(name: str) -> None:
    plugins = TABLE[name].plugins
    found = [item for item in outside(name) if not item.where.startswith(plugins)]
    imported = {item.top for item in found if not item.lazy} - set(TABLE[name].libraries)
    brought = required(TABLE[name].distribution)
    assert {TABLE[top].distribution for top in imported} <= brought
