"""The architecture page has each folder and machine; what any page names is there."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SOURCES = {path.name: path.parent for path in sorted(ROOT.glob("packages/*/src/sio_*"))}
PLACE = re.compile(r"^\| [^|]+ \| `(\w+)(/[\w/]+\.py)` \| `([\w.]+)` \|$", re.MULTILINE)
PLACES = PLACE.findall(PAGE)


def folders_of_the_map() -> list[str]:
    """Return the folders that the map has, each as a path."""
    block = PAGE.partition("## The map")[2].partition("```text\n")[2].partition("```")[0]
    found: list[str] = []
    above: list[str] = []
    for line in filter(None, block.splitlines()):
        name, slash, told = line.partition("/ ")
        assert slash, line
        assert told.strip(), line
        level = (len(name) - len(name.lstrip())) // 2
        above = [*above[:level], name.strip()]
        found.append("/".join(above))
    return found


def test_the_map_has_every_folder() -> None:
    there = {
        folder.relative_to(source).as_posix()
        for name, source in SOURCES.items()
        for folder in (source / name, *(source / name).rglob("*"))
        if any(file.name != "__init__.py" for file in folder.glob("*.py"))
    }
    assert sorted(folders_of_the_map()) == sorted(there)


@pytest.mark.parametrize(("package", "file", "function"), PLACES)
def test_what_the_page_names_is_there(package: str, file: str, function: str) -> None:
    path = SOURCES[package] / (package + file)
    scope: ast.AST = ast.parse(path.read_text(encoding="utf-8"))
    for name in function.split("."):
        inside = [
            part
            for part in ast.iter_child_nodes(scope)
            if isinstance(part, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        found = [part for part in inside if part.name == name]
        assert found, f"{file} has no {function}"
        scope = found[0]


def test_the_questions_are_found() -> None:
    assert len(PLACES) > 20
    assert len(PLACES) == PAGE.partition("## Where is it?")[2].partition("## ")[0].count("\n| ") - 1


def tables() -> Iterator[str]:
    """Yield the dotted path of every transition table in the packages."""
    for package in SOURCES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, package + "."):
            if module.name.endswith("state"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    if name.isupper() and name[0] != "_" and isinstance(value, Mapping):
                        yield f"{module.name}.{name}"


def test_every_machine_is_drawn_once() -> None:
    drawn = re.findall(r"^```{statechart} (\S+)$", PAGE, re.MULTILINE)
    assert sorted(drawn) == sorted(tables())


# What the other pages name -----------------------------------------------------

PAGES = [
    path
    for pattern in ("README.md", "docs/*.md", "packages/*/README.md", "examples/*/README.md")
    for path in sorted(ROOT.glob(pattern))
]
NAME = re.compile(rf"`((?:{'|'.join(SOURCES)})(?:\.\w+)+)")
FILE = re.compile(r"`((?:sio_\w+|packages|tests|docs|examples|bench)/[\w/.-]+\.\w+)`")


def exists(name: str) -> bool:
    """Tell whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            value = getattr(value, part, None)
        return value is not None
    return False


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_names_and_files_of_a_page_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [name for name in set(NAME.findall(text)) if not exists(name)] == []
    roots = [ROOT, page.parent, *SOURCES.values()]
    lost = [name for name in set(FILE.findall(text)) if not any((r / name).exists() for r in roots)]
    assert lost == []
