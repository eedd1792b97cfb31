"""Every package of `packages.toml` is known wherever packages are listed.

What can read that list does: these are the files that cannot.
"""

import ast
import json
import re
import tomllib
from importlib import import_module

import pytest

from engineio import _names as engineio_names
from sio_server.concurrency import MODES
from sio_server.serving import modes
from socketio import _names
from tests.support.imports import ROOT
from tests.support.packages import MODULES, PACKAGES, Package
from tests.test_layering_inside import FLOORS

DISTRIBUTION = {package.distribution: package for package in PACKAGES}
COMPAT = DISTRIBUTION["sio-compat"]
ADAPTERS = [package for package in PACKAGES if package.is_adapter]


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def manifest(package: Package) -> dict:
    return tomllib.loads((package.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def name(package: Package) -> str:
    return package.distribution


def test_the_folders_are_those_of_the_list():
    found = {(path.parent.parent.name, path.name) for path in ROOT.glob("packages/*/src/*")}
    assert found == {(package.distribution, package.module) for package in MODULES}


def test_nothing_else_stands_beside_the_packages():
    # README: `pip install ./packages/*` takes whatever is there for a package.
    beside = {path.name for path in (ROOT / "packages").iterdir() if not path.name.startswith(".")}
    assert beside == set(DISTRIBUTION)
    assert "pip install ./packages/*" in text_of("README.md")


def test_hatch_has_each_as_a_member():
    members = tomllib.loads(text_of("hatch.toml"))["envs"]["default"]["workspace"]["members"]
    assert [member["path"] for member in members] == [f"packages/{d}" for d in DISTRIBUTION]


def test_type_checkers_look_into_each():
    sources = [f"packages/{distribution}/src" for distribution in DISTRIBUTION]
    (path,) = re.findall(r"^mypy_path = (.*)$", text_of("mypy.ini"), re.MULTILINE)
    assert path.split(":")[: len(sources)] == sources
    pyright = json.loads(
        re.sub(r"^\s*//.*$", "", text_of("pyrightconfig.json"), flags=re.MULTILINE)
    )
    assert pyright["extraPaths"][: len(sources)] == sources


def test_each_has_floors():
    assert set(FLOORS) == {package.module for package in MODULES}


@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_benchmarks_say_which_version_they_ran(package):
    assert f'"{package.distribution}"' in text_of("bench/interpreters.py")


@pytest.mark.parametrize("path", ["README.md", "docs/architecture.md"])
@pytest.mark.parametrize("package", PACKAGES, ids=name)
def test_overviews_name_each(path, package):
    assert re.search(rf"\b{package.distribution}\b", text_of(path))


@pytest.mark.parametrize("package", [p for p in PACKAGES if p is not COMPAT], ids=name)
def test_the_reference_has_a_page_for_each(package):
    assert (ROOT / "docs" / "api" / f"{package.module}.md").exists()
    assert re.search(rf"^{package.module}$", text_of("docs/api/index.md"), re.MULTILINE)
    assert f'"{package.module}",' in text_of("docs/conf.py")


# Adapters -------------------------------------------------------------------------------------


def test_socketio_names_no_package_that_is_not_here():
    places = [*_names.PUBLIC.values(), *_names.INNER.values()]
    assert {place.distribution for place in places} <= set(DISTRIBUTION)


@pytest.mark.parametrize("package", ADAPTERS, ids=name)
def test_socketio_has_the_names_of_each_adapter(package):
    places = _names.PUBLIC
    found = {name for name in places if places[name].distribution == package.distribution}
    assert found == set(package.names)
    assert all(places[name].module.split(".")[0] == package.module for name in found)
    extras = manifest(COMPAT)["optional-dependencies"].values()
    assert [f"{package.distribution}>=0.1,<0.2"] in extras, "sio-compat has no extra for it"


def test_engineio_names_no_module_that_is_not_here():
    places = [*engineio_names.PUBLIC.values(), *engineio_names.INNER.values()]
    for place in places:
        package = DISTRIBUTION[place.distribution]
        assert place.module.split(".")[0] == package.module
        assert hasattr(import_module(place.module), place.attribute)


def test_the_servers_know_the_modes_of_all_adapters():
    found = {mode for package in ADAPTERS for mode in package.modes}
    assert found == {*modes.ASYNC_MODES, *modes.BLOCKING_MODES}
    assert tuple(MODES) == modes.BLOCKING_MODES


@pytest.mark.parametrize("distribution", ["sio-aiohttp", "sio-tornado", "sio-sanic"])
def test_the_adapters_of_frameworks_are_thin(distribution):
    files = (DISTRIBUTION[distribution].folder / "src").rglob("*.py")
    assert 0 < sum(code_lines(path.read_text(encoding="utf-8")) for path in files) < 260


def code_lines(source: str) -> int:
    """How many lines of a file are neither blank, nor a comment, nor a docstring's."""
    texts: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            texts |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(map(str.strip, source.splitlines()), 1)
    return sum(1 for n, line in lines if line and not line.startswith("#") and n not in texts)


@pytest.mark.parametrize("package", ADAPTERS, ids=name)
def test_each_mode_is_an_entry_point_and_says_what_to_install(package):
    points = manifest(package)["entry-points"][modes.GROUP]
    assert points == dict.fromkeys(package.modes, f"{package.module}.endpoint")
    for mode in package.modes:
        assert package.distribution in modes.distribution(mode)
        assert mode in (*modes.ASYNC_MODES, *modes.BLOCKING_MODES)
