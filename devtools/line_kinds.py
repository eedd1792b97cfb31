"""Of what kind a line of code is, for `twins`: what could be written once, and what cannot.

The rules look at the code alone, at no comment and at no list of lines:

* a signature is the head of a class or a function with its decorators; or a `super()` call in a
  method of the same name with nothing but its own parameters, which repeats the signature, and a
  tuple of those that is made for it;
* a declaration says what a class or an object has: what stands in a class and in none of its
  functions, such as `__slots__` or `emit = forward(Server.emit)`, and what a constructor sets to a
  constant or to a parameter as it is;
* I/O is whatever asyncio awaits, and the head of a block that awaits, since no function of the
  other colour can hold it; a method of a socket; the reading of the clock; and a call of what each
  driver has of its own, from inside a driver or of one;
* a shared call is a statement that only calls what is written once, in neither colour: that is what
  remains in both colours of a function that they share;
* a call is any other statement that only calls something;
* the rest are lines of code.
"""

import ast
import functools
import socket
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devtools.output import ROOT

OTHER, CALL, SHARED = "else", "calls", "shared calls"
DECLARATION, SIGNATURE, WAITING = "declarations", "signatures", "I/O"
RULES = (WAITING, DECLARATION, SIGNATURE, SHARED, CALL)
"""The kinds by rank: a line to which several rules apply is of the first of them."""

PACKAGES = ROOT / "packages"
DRIVERS, DRIVER_NAMES = "drivers", ("driver", "_driver")
BUILTIN = (dict, list, set, deque, str, bytes)
HEADS = (ast.If, ast.While, ast.For, ast.With)

Function = ast.FunctionDef | ast.AsyncFunctionDef


Entry = tuple[Path, str]
"""A file that is of one colour, or with a name its class of that name."""


@dataclass
class Definitions:
    """What the sources around two colours define, for whoever asks whose a callee is."""

    entries: Collection[Entry]
    """What is of either colour."""
    shared: set[str] = field(default_factory=set)
    """The functions and methods that are of neither colour."""
    coloured: set[str] = field(default_factory=set)
    """Those that are of one colour or of the other."""
    of_drivers: set[str] = field(default_factory=set)
    """Those that both drivers define, each its own."""

    def is_coloured(self, path: Path, owner: str) -> bool:
        """Tell whether a file, or its class `owner`, is of one colour."""
        return (path, "") in self.entries or (path, owner) in self.entries

    def is_shared(self, call: ast.Call, place: Entry) -> bool:
        """Tell whether what `call` calls, in a method of the class at `place`, is written once."""
        name = called(call)
        if name and is_self(call.func):
            found = find_method(name, place)
            return found is not None and not self.is_coloured(*found)
        if not isinstance(call.func, ast.Attribute) or any(hasattr(each, name) for each in BUILTIN):
            return False  # what is meant cannot be told by the name alone
        return name in self.shared and name not in self.coloured


def kinds(tree: ast.AST, path: Path, definitions: Definitions) -> Mapping[int, str]:
    """Return the kind of each line of a file, or of one of its classes, that is not of `OTHER`."""
    found: dict[int, str] = {}
    for kind, lines in _marks(tree, path, definitions):
        for line in lines:
            if line not in found or RULES.index(kind) < RULES.index(found[line]):
                found[line] = kind
    return found


def _marks(
    tree: ast.AST, path: Path, definitions: Definitions
) -> Iterator[tuple[str, Iterable[int]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Await):
            yield WAITING, span(node)
        elif isinstance(node, HEADS) and _wait(node.body):
            yield WAITING, range(node.lineno, node.body[0].lineno)
        elif isinstance(node, ast.Try) and _wait(node.body):
            for handler in node.handlers:
                yield WAITING, (handler.lineno,)
        elif isinstance(node, ast.Assign) and _is_reading_of_clock(node.value):
            yield WAITING, span(node)
        elif isinstance(node, ast.ClassDef | Function):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield SIGNATURE, {node.lineno, *range(first, node.body[0].lineno)}
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.Assign | ast.AnnAssign):
                    yield DECLARATION, span(each)
    for owner, function in _functions(tree):
        for repeated in _repetitions(function):
            yield SIGNATURE, span(repeated)
        parameters = _parameters(function)
        for node in ast.walk(function):
            if not isinstance(node, ast.stmt):
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                yield _kind_of_call(node.value, (path, owner), definitions), span(node)
            elif function.name == "__init__" and _is_declaration(node, parameters):
                yield DECLARATION, span(node)


def _kind_of_call(call: ast.Call, place: Entry, definitions: Definitions) -> str:
    name, receiver = called(call), _receiver(call)
    if receiver == "sock" and hasattr(socket.socket, name):
        return WAITING
    if definitions.is_shared(call, place):
        return SHARED
    in_driver = receiver != "super()" and (DRIVERS in place[0].parts or receiver in DRIVER_NAMES)
    return WAITING if in_driver and name in definitions.of_drivers else CALL


def _repetitions(function: Function) -> Iterator[ast.stmt]:
    """Yield a `super()` call that hands on what the function was given, and tuples made for it."""
    parameters = _parameters(function)
    tuples: dict[str, ast.stmt] = {}
    for node in function.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple):
            if _names(node.value.elts) <= parameters:
                tuples |= {ast.unparse(target): node for target in node.targets}
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if called(call) != function.name or _receiver(call) != "super()":
                continue
            names = _names([*call.args, *(keyword.value for keyword in call.keywords)])
            if names <= parameters | set(tuples):
                yield node
                yield from (tuples[name] for name in names if name in tuples)


def _names(values: Iterable[ast.expr]) -> set[str]:
    """Return the names that values are, also with a star; what is no name stands as it is."""
    return {ast.unparse(value).lstrip("*") for value in values}


def _is_declaration(node: ast.stmt, parameters: Collection[str]) -> bool:
    """Tell whether a statement of a constructor gives an attribute what needs no computing."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return False
    value = node.value
    plain = isinstance(value, ast.Constant) or (
        isinstance(value, ast.Name) and value.id in parameters
    )
    return plain and isinstance(target, ast.Attribute) and is_self(target)


def _is_reading_of_clock(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and called(value) == "now" and not value.args


def _wait(body: Iterable[ast.stmt]) -> bool:
    """Tell whether a block awaits something itself, and not only in blocks inside it."""
    return any(isinstance(node, ast.Await) for each in body for node in _own_nodes(each))


def _own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a statement, but not what is in its blocks."""
    yield statement
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from _own_nodes(child)


def _functions(tree: ast.AST) -> Iterator[tuple[str, Function]]:
    """Yield each function that is in no other, and the name of its class."""
    owner = tree.name if isinstance(tree, ast.ClassDef) else ""
    for child in _members(tree):
        if isinstance(child, Function):
            yield owner, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child)


def _members(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements of a file or a class, also those that a condition makes."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If | ast.Try):
            yield from _members(child)
        elif isinstance(child, ast.stmt):
            yield child


def _parameters(function: Function) -> set[str]:
    return {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}


def called(call: ast.Call) -> str:
    """Return the name of what is called, without what it is of."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def is_self(expression: ast.expr) -> bool:
    """Tell whether it is an attribute of `self`, or of `super()`."""
    if not isinstance(expression, ast.Attribute):
        return False
    return ast.unparse(expression.value) in ("self", "super()")


def _receiver(call: ast.Call) -> str:
    """Return the last name of what a method is called on, or `super()`."""
    if not isinstance(call.func, ast.Attribute):
        return ""
    text = ast.unparse(call.func.value)
    return text if text == "super()" else text.rpartition(".")[2]


def span(node: ast.stmt | ast.expr) -> range:
    """Return the numbers of the lines of a statement or an expression."""
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


# What the sources define ------------------------------------------------------


def define(
    sources: Iterable[Path], first: Collection[Entry], second: Collection[Entry]
) -> Definitions:
    """Return what the `sources` define, and what is of two colours."""
    found = Definitions({*first, *second})
    for path in {*sources, *(path for path, _ in found.entries)}:
        for name, owner in functions_in(path):
            coloured = found.is_coloured(path, owner)
            (found.coloured if coloured else found.shared).add(name)
    of_drivers = [
        {name for path, owner in colour if DRIVERS in path.parts for name in names_in(path, owner)}
        for colour in (first, second)
    ]
    found.of_drivers = of_drivers[0] & of_drivers[1]
    return found


@functools.cache
def parse(path: Path) -> ast.Module:
    """Return the tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def functions_in(path: Path) -> list[tuple[str, str]]:
    """Return the functions and methods of a file, each with the name of its class."""
    return [(function.name, owner) for owner, function in _functions(parse(path))]


def names_in(path: Path, owner: str) -> set[str]:
    """Return the names of the functions of a file, or of its class `owner`."""
    return {name for name, each in functions_in(path) if owner in ("", each)}


@functools.cache
def bases_in(path: Path) -> dict[str, list[str]]:
    """Return the names of the bases of each class of a file, without their modules."""
    return {
        node.name: [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
        for node in _members(parse(path))
        if isinstance(node, ast.ClassDef)
    }


def find_method(name: str, place: Entry) -> Entry | None:
    """Find the class that a class has a method from: itself, or one of its bases."""
    line, seen = [place], set[Entry]()
    while line:
        path, owner = place = line.pop(0)
        if place in seen:
            continue
        if (name, owner) in functions_in(path):
            return place
        seen.add(place)
        bases = [find_class(path, base) for base in bases_in(path).get(owner, ())]
        line += [base for base in bases if base is not None]
    return None


def find_class(path: Path, name: str) -> Entry | None:
    """Find the class that a file knows by a name, which it has itself or imports."""
    if name in bases_in(path):
        return path, name
    for node in parse(path).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if name == (alias.asname or alias.name):
                    source = _imported(path, node)
                    return None if source is None else find_class(source, alias.name)
    return None


def _imported(path: Path, node: ast.ImportFrom) -> Path | None:
    """Return the file that is imported from, if it is one of the packages."""
    parts = (node.module or "").split(".")
    if node.level:
        roots = [path.parents[node.level - 1]]
    else:
        roots = [*PACKAGES.glob("*/src")]
    for root in roots:
        where = root.joinpath(*filter(None, parts))
        for file in (where.with_suffix(".py"), where / "__init__.py"):
            if file.is_file():
                return file
    return None
