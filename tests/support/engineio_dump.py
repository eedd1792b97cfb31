"""Prints the public names of the installed package `engineio` as JSON: what they are, how called.

A program without imports of the tests: the interpreter that has python-engineio runs it, too.
"""

import asyncio
import importlib
import inspect
import json
import pkgutil
from typing import Any

import engineio

OF_ALL = {*dir(type("Plain", (), {})), "__init__"}


def parameters(function: Any) -> "list[str] | None":
    """Return the parameters as they are written, without annotations."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        str(one.replace(annotation=one.empty, default=plain(one.default)))
        for one in found
        if one.name not in ("self", "cls")
    ]


def plain(value: Any) -> Any:
    """Return a default that is written the same in every process."""
    kept = (bool, int, float, str, type(None))
    return value if isinstance(value, kept) or value is inspect.Parameter.empty else "object"


def members(kind: type) -> "dict[str, Any]":
    """Return the public members of a class."""
    found: dict[str, Any] = {"()": parameters(kind)}
    for name in dir(kind):
        if name.startswith("_") or name in OF_ALL:
            continue
        value = inspect.getattr_static(kind, name)
        if isinstance(value, property):
            found[name] = "attribute"
        elif inspect.isfunction(getattr(kind, name)):
            is_coroutine = inspect.iscoroutinefunction(getattr(kind, name))
            found[name] = [is_coroutine, parameters(getattr(kind, name))]
        else:
            found[name] = "attribute"
    return found


def names_of(module: Any) -> "dict[str, Any]":
    """Return the public names of a module that are its own or the package's."""
    found: dict[str, Any] = {}
    for name in dir(module):
        if name.startswith("_") or inspect.ismodule(value := getattr(module, name)):
            continue
        home = getattr(value, "__module__", None) or module.__name__
        if isinstance(value, type):
            if home.startswith(("engineio", "sio_")):
                found[name] = members(value)
        elif inspect.isfunction(value):
            if home.startswith(("engineio", "sio_")):
                found[name] = parameters(value)
        elif isinstance(value, (int, str, list, tuple, dict)):
            found[name] = "value"
    return found


def attributes(instance: Any) -> "list[str]":
    """Return the public attributes of an object."""
    return [name for name in dir(instance) if not name.startswith("_")]


async def main() -> None:
    """Print it all."""
    modules: dict[str, Any] = {"": dict.fromkeys(getattr(engineio, "__all__", ()), "there")}
    for info in pkgutil.walk_packages(engineio.__path__, "engineio."):
        short = info.name.partition(".")[2]
        if any(part.startswith("_") for part in short.split(".")):
            continue
        try:
            modules[short] = names_of(importlib.import_module(info.name))
        except ImportError:
            modules[short] = {}
    made = {
        "Server": engineio.Server(async_mode="threading"),
        "AsyncServer": engineio.AsyncServer(async_mode="asgi"),
        "Client": engineio.Client(),
        "AsyncClient": engineio.AsyncClient(),
    }
    print(json.dumps([modules, {name: attributes(made[name]) for name in made}]))


asyncio.run(main())
