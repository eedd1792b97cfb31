"""What is different between two packages `socketio`, as `names_dump.py` has printed them.

A difference is a name and a short text. What we have and they have not is none, nor is a parameter
of ours behind all of theirs.
"""

from collections.abc import Iterator
from typing import Any

Difference = tuple[str, str]

BY_PLACE = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")
BY_NAME = ("POSITIONAL_OR_KEYWORD", "KEYWORD_ONLY")


class Names:
    """What is compared: all public names, and private ones that programs use."""

    def __init__(self, private: frozenset[str]) -> None:
        self._private = private

    def has(self, name: str, owner: str) -> bool:
        """Tell whether a name of a module, a class or an object is compared."""
        return not name.startswith("_") or f"{owner}.{name}" in self._private


def differing(theirs: Any, ours: Any, private: frozenset[str]) -> Iterator[Difference]:
    """Yield every difference of `ours` from `theirs`; one of a class is none of those below it."""
    names = Names(private)
    said: dict[tuple[str, str], str] = {}
    for module, contents in sorted(theirs["modules"].items(), key=_by_depth):
        if module not in ours["modules"]:
            yield module, "no such module"
            continue
        mine = ours["modules"][module]
        for name, their in contents.items():
            if not names.has(name, module):
                continue
            for inner, text in _name(name, their, mine.get(name), names):
                bases = [name, *their.get("bases", ())]
                if inner and any(said.get((base, inner)) == text for base in bases):
                    continue
                said[name, inner] = text
                yield f"{module}.{name}{inner}", text
    for label, attributes in theirs["instances"].items():
        for inner, text in _instance(label, attributes, ours["instances"][label], names):
            bases = _bases(theirs, label)
            if any(said.get((f"{base}()", inner)) == text for base in bases):
                continue
            said[f"{label}()", inner] = text
            yield f"{label}(){inner}", text


def _by_depth(item: tuple[str, Any]) -> tuple[int, str]:
    """Order modules so that base classes come before those that derive from them."""
    module, contents = item
    return max((len(found.get("bases", ())) for found in contents.values()), default=0), module


def _bases(theirs: Any, name: str) -> list[str]:
    for contents in theirs["modules"].values():
        if name in contents and "bases" in contents[name]:
            return [*contents[name]["bases"]]
    return []


def _name(own: str, their: Any, our: Any, names: Names) -> Iterator[Difference]:
    if our is None:
        yield "", "not there"
    elif their["kind"] != our["kind"]:
        yield "", f"a {our['kind']}, not a {their['kind']}"
    elif their["kind"] == "value":
        if their["value"] != our["value"]:
            yield "", f"{our['value']}, not {their['value']}"
    elif their["kind"] == "module":
        if their["name"] != our["name"]:
            yield "", f"is {our['name']}"
    else:
        yield from _parameters("", their, our)
        for name, member in their.get("members", {}).items():
            if names.has(name, own):
                yield from _member(f".{name}", member, our["members"].get(name))


def _member(where: str, their: Any, our: Any) -> Iterator[Difference]:
    if our is None:
        yield where, "not there"
    elif their["kind"] != our["kind"]:
        if {their["kind"], our["kind"]} != {"value", "property"}:
            yield where, f"a {our['kind']}, not a {their['kind']}"
    elif their["kind"] == "value":
        if their["value"] != our["value"]:
            yield where, f"{our['value']}, not {their['value']}"
    elif their["kind"] != "property":
        if "binding" in their and their["binding"] != our["binding"]:
            yield where, f"{our['binding'] or 'plain'}, not {their['binding'] or 'plain'}"
        yield from _parameters(where, their, our)


def _parameters(where: str, their: Any, our: Any) -> Iterator[Difference]:
    if their.get("parameters") is None or our.get("parameters") is None:
        return
    theirs, ours = _without_self(their["parameters"]), _without_self(our["parameters"])
    kinds = {kind for _, kind, _ in ours}
    named = {name: (kind, default) for name, kind, default in ours}
    placed = [name for name, kind, _ in ours if kind in BY_PLACE]
    for place, (name, kind, default) in enumerate(theirs):
        at = f"{where}({name})"
        if kind.startswith("VAR_"):
            if kind not in kinds:
                yield at, "not there"
        elif name not in named or named[name][0] not in BY_NAME:
            yield at, "not there"
        else:
            if kind in BY_PLACE and placed[place : place + 1] != [name]:
                yield at, "at another place"
            # What may be left out here has to be given there: that is no difference.
            if default is not None and named[name][1] != default:
                yield at, f"{named[name][1] or 'to be given'}, not {default}"
    known = {name for name, _, _ in theirs}
    for name, kind, default in ours:
        if default is None and name not in known and not kind.startswith("VAR_"):
            yield f"{where}({name})", "has to be given"


def _without_self(parameters: list[Any]) -> list[Any]:
    return [one for one in parameters if one[0] not in ("self", "cls", "own")]


def _instance(label: str, theirs: Any, ours: Any, names: Names) -> Iterator[Difference]:
    for name, their in theirs.items():
        if names.has(name, label) and ours.get(name) != their:
            found = ours.get(name)
            yield f".{name}", "not there" if found is None else f"{found}, not {their}"
