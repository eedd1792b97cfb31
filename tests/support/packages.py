"""The list of packages in `packages.toml`, which says what each entry means."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.imports import ROOT


@dataclass(frozen=True)
class Package:
    """One package of this repository."""

    distribution: str
    module: str
    below: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    lazily: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the package lies."""
        return ROOT / "packages" / self.distribution

    @property
    def source(self) -> Path:
        """Where its modules are."""
        return self.folder / "src" / self.module

    @property
    def is_adapter(self) -> bool:
        """Tell whether it binds servers to web servers or frameworks."""
        return bool(self.modes)


def _read() -> tuple[Package, ...]:
    entries = tomllib.loads((ROOT / "packages.toml").read_text(encoding="utf-8"))
    return tuple(_package(distribution, entry) for distribution, entry in entries.items())


def _package(distribution: str, entry: dict[str, Any]) -> Package:
    module = entry.pop("module")
    return Package(distribution, module, **{key: tuple(value) for key, value in entry.items()})


PACKAGES = _read()

MODULES = tuple(
    replace(package, module=module)
    for package in PACKAGES
    for module in (package.module, *package.also)
)
"""The same with an entry for each import name."""
