"""Prints what the installed package `socketio` has, as JSON: modules, classes, signatures, values.

A program without imports of the tests: the interpreter that has python-socketio runs it, too.
"""

import asyncio
import collections.abc
import importlib
import inspect
import json
import os
import pkgutil
import re
import sys
import types
from typing import Any

import socketio

HEX_ID = re.compile("[0-9a-f]{32}")
PLAIN = (bool, int, float, str, type(None))
# What every class has, and what belongs to its making.
IGNORED = {*dir(type("Plain", (), {})), "__annotations__", "__abstractmethods__"}
# Every exception has these, and some versions of Python do not say what they take.
IGNORED |= {"add_note", "with_traceback"}


def is_known(name: str) -> bool:
    """Tell whether a name is to be compared: all but what Python makes itself."""
    return not name.startswith("__")


def value_of(value: Any) -> str:
    """Return a plain value as it is written, of anything else what kind it is."""
    if isinstance(value, PLAIN):
        return "its own" if is_random(value) else repr(value)
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        if all(isinstance(item, PLAIN) for item in value):
            return repr(sorted(value) if isinstance(value, (set, frozenset)) else value)
        return type(value).__name__
    if isinstance(value, collections.abc.Mapping):
        return "a view" if not value else "a full view"
    return "callable" if callable(value) else "object"


def is_random(value: Any) -> bool:
    """Tell whether a value is another one in each process."""
    return value == os.getpid() or (isinstance(value, str) and bool(HEX_ID.fullmatch(value)))


def parameters_of(function: Any) -> "list[list[Any]] | None":
    """Return each parameter's name, kind, and default as it is written (None: it has none)."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return [
        [one.name, one.kind.name, None if one.default is one.empty else value_of(one.default)]
        for one in found
    ]


def member(cls: type, name: str) -> "dict[str, Any]":
    """Return what kind a member of a class is, and how it is called."""
    raw = inspect.getattr_static(cls, name)
    if isinstance(raw, property) or inspect.isdatadescriptor(raw):
        return {"kind": "property"}
    value = getattr(cls, name)
    if isinstance(value, type):
        return {"kind": "class", "name": value.__name__}
    if callable(value):
        is_coroutine = inspect.iscoroutinefunction(value)
        is_generator = inspect.isgeneratorfunction(value) or inspect.isasyncgenfunction(value)
        return {
            "kind": "coroutine" if is_coroutine else "generator" if is_generator else "method",
            "binding": type(raw).__name__ if isinstance(raw, (staticmethod, classmethod)) else "",
            "parameters": parameters_of(value),
        }
    return {"kind": "value", "value": value_of(value)}


def described(value: Any) -> "dict[str, Any]":
    """Return what stands behind a name of a module."""
    if isinstance(value, types.ModuleType):
        return {"kind": "module", "name": value.__name__}
    if isinstance(value, type):
        names = [name for name in dir(value) if name not in IGNORED and is_known(name)]
        return {
            "kind": "class",
            "bases": [base.__name__ for base in value.__mro__[1:-1]],
            "parameters": parameters_of(value),
            "members": {name: member(value, name) for name in names},
        }
    if callable(value):
        kind = "coroutine" if inspect.iscoroutinefunction(value) else "function"
        return {"kind": kind, "parameters": parameters_of(value)}
    return {"kind": "value", "value": value_of(value)}


def belongs(value: Any) -> bool:
    """Tell whether a name of a module is its own, rather than that of an import."""
    if isinstance(value, types.ModuleType):
        return value.__name__.split(".")[0] == "socketio"
    if isinstance(value, type) or inspect.isroutine(value):
        return (value.__module__ or "").startswith(("socketio", "sio_"))
    return True


def names_of(module: types.ModuleType) -> "list[str]":
    """Return the names of a module, also of one that makes them when they are asked for."""
    return [name for name in dir(module) if is_known(name) and name not in dir(types.ModuleType)]


def modules() -> "dict[str, Any]":
    """Return the names of each module of the package."""
    found: dict[str, Any] = {}
    for info in pkgutil.iter_modules(socketio.__path__):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"socketio.{info.name}")
        names = {}
        for name in names_of(module):
            try:
                value = getattr(module, name)
            except ImportError:
                continue
            if belongs(value):
                names[name] = described(value)
        found[info.name] = names
    return found


def nobody(*_: Any) -> Any:
    """Be an application of another kind, for what wraps one."""


def instances() -> "dict[str, Any]":
    """Return the attributes that objects have once they are made."""
    packet = importlib.import_module("socketio.packet")
    msgpack = importlib.import_module("socketio.msgpack_packet")
    pubsub = importlib.import_module("socketio.async_pubsub_manager")
    made: dict[str, Any] = {
        "Server": lambda: socketio.Server(async_mode="threading"),
        "AsyncServer": lambda: socketio.AsyncServer(async_mode="asgi"),
        "Client": socketio.Client,
        "AsyncClient": socketio.AsyncClient,
        "SimpleClient": socketio.SimpleClient,
        "AsyncSimpleClient": socketio.AsyncSimpleClient,
        "Namespace": lambda: socketio.Namespace("/chat"),
        "AsyncNamespace": lambda: socketio.AsyncNamespace("/chat"),
        "ClientNamespace": lambda: socketio.ClientNamespace("/chat"),
        "AsyncClientNamespace": lambda: socketio.AsyncClientNamespace("/chat"),
        "Manager": socketio.Manager,
        "AsyncManager": socketio.AsyncManager,
        "PubSubManager": socketio.PubSubManager,
        "AsyncPubSubManager": pubsub.AsyncPubSubManager,
        "RedisManager": socketio.RedisManager,
        "AsyncRedisManager": socketio.AsyncRedisManager,
        "KombuManager": lambda: socketio.KombuManager("memory://"),
        "ZmqManager": lambda: socketio.ZmqManager("zmq+tcp://127.0.0.1:5555+5556"),
        "AsyncAioPikaManager": socketio.AsyncAioPikaManager,
        "WSGIApp": lambda: socketio.WSGIApp(socketio.Server(async_mode="threading"), nobody),
        "Middleware": lambda: socketio.Middleware(socketio.Server(async_mode="threading"), nobody),
        "ASGIApp": lambda: socketio.ASGIApp(socketio.AsyncServer(async_mode="asgi"), nobody),
        "Packet": lambda: packet.Packet(packet.EVENT, ["name", 1], "/chat", 3),
        "MsgPackPacket": lambda: msgpack.MsgPackPacket(packet.EVENT, ["name", 1], "/chat", 3),
        "ConnectionRefusedError": lambda: socketio.exceptions.ConnectionRefusedError("no", 1),
    }
    found = {}
    for name, make in made.items():
        try:
            found[name] = attributes(make())
        except Exception as error:
            found[name] = {"": f"{type(error).__name__}: {error}"}
    return found


def attributes(instance: Any) -> "dict[str, str]":
    """Return what an object has that its class's methods are not, with its value."""
    cls = type(instance)
    names = {*vars(instance)} if hasattr(instance, "__dict__") else set()
    names |= {name for name in dir(cls) if name not in IGNORED}
    found = {}
    for name in sorted(filter(is_known, names)):
        try:
            value = getattr(instance, name)
        except Exception as error:
            found[name] = f"raises {type(error).__name__}"
            continue
        if not (inspect.ismethod(value) or inspect.isfunction(value)) or name in vars(instance):
            descriptor = inspect.getattr_static(cls, name, None)
            fixed = isinstance(descriptor, property) and descriptor.fset is None
            found[name] = f"{value_of(value)}, read-only" if fixed else value_of(value)
    return found


async def main() -> None:
    """Print it all: in an event loop, in which some objects have to be made."""
    print(json.dumps({"modules": modules(), "instances": instances()}))


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.path.insert(0, sys.argv[1])
    asyncio.run(main())
