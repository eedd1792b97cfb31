"""The addresses of a forwarder that managers and the forwarder itself take.

`zmq+tcp://host:5555+5556` has two ports, and `zmq+ipc:///run/sio/in+out` two Unix sockets in a
folder.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

ACCEPTED = "zmq+tcp://host:5555+5556 or zmq+ipc:///folder/in+out"
LONGEST_PATH = 107
"""Bytes of the path of a Unix socket."""

_TCP = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\]|\*):([0-9]{1,5})\+([0-9]{1,5})", re.ASCII)
_IPC = re.compile(r"(/(?:[^\0]*/)?)([^/\0+]+)\+([^/\0+]+)")


class Addresses(NamedTuple):
    """Where messages are pushed to, and where they are published, in ZeroMQ's words."""

    pushed: str
    published: str

    @property
    def shown(self) -> str:
        """Both, for people."""
        return f"{self.pushed} and {self.published}"

    @property
    def are_ipv6(self) -> bool:
        """Tell whether these are numbers of IPv6, which a socket of ZeroMQ has to be told."""
        return self.pushed.startswith("tcp://[")


def read_address(url: str, *, binds: bool = False) -> Addresses:
    """Return both addresses that `url` names; a forwarder `binds`, to all of a machine with `*`.

    Raises `ValueError` for what is no address.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "zmq+tcp":
        return _read_tcp(rest, binds=binds)
    if separator and scheme == "zmq+ipc":
        return _read_ipc(rest)
    shown = repr(scheme) if separator else "what has no ://"
    raise ValueError(f"{shown} is no address of a forwarder of ZeroMQ: use {ACCEPTED}")


def _read_tcp(rest: str, *, binds: bool) -> Addresses:
    found = _TCP.fullmatch(rest)
    if found is None or not all(0 < int(port) < 65536 for port in found.groups()[1:]):
        raise ValueError(
            "the address of the forwarder of ZeroMQ has no valid host and two ports: "
            "zmq+tcp://host:5555+5556"
        )
    host, pushed, published = found.groups()
    if host == "*" and not binds:
        raise ValueError("* is no host that can be connected to: zmq+tcp://host:5555+5556")
    return Addresses(f"tcp://{host}:{pushed}", f"tcp://{host}:{published}")


def _read_ipc(rest: str) -> Addresses:
    found = _IPC.fullmatch(rest)
    if found is None:
        raise ValueError(
            "the address of the forwarder of ZeroMQ has no folder and two names: "
            "zmq+ipc:///folder/in+out"
        )
    folder, pushed, published = found.groups()
    if max(len(os.fsencode(folder + name)) for name in (pushed, published)) > LONGEST_PATH:
        raise ValueError(
            f"the address of the forwarder of ZeroMQ is too long: the path of a Unix socket has "
            f"{LONGEST_PATH} bytes at most"
        )
    return Addresses(f"ipc://{folder}{pushed}", f"ipc://{folder}{published}")
