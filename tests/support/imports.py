"""The imports of a package, read from its source without running it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Import:
    """One imported module, and where."""

    module: str
    where: str
    # Inside a function, so it does not run when the package is imported.
    lazy: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def imports_of(folder: Path) -> list[Import]:
    """Return every import below `folder`, but those that only type checkers read."""
    found: list[Import] = []
    for path in sorted(folder.rglob("*.py")):
        package = ".".join(path.relative_to(folder.parent).parts[:-1])
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for statement, lazy in _statements(tree, lazy=False):
            where = f"{path.relative_to(folder.parent).as_posix()}:{statement.lineno}"
            found += [Import(name, where, lazy) for name in _modules(statement, package)]
    return found


def _statements(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, lazy
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for branch in child.orelse:
                yield from _statements(ast.Module([branch], []), lazy=lazy)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _statements(child, lazy=lazy or inside)


def _modules(statement: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if statement.level == 0:
        return [statement.module or ""]
    parts = package.split(".")
    base = parts[: len(parts) - statement.level + 1]
    return [".".join([*base, *([statement.module] if statement.module else [])])]
