"""Which addresses of a host are tried, and in which order: for both drivers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

STAGGER = 0.25
"""Seconds that one address is tried alone (RFC 8305, section 5)."""


@dataclass(frozen=True, slots=True)
class Address:
    """An `Address` is where to connect to, with the family of sockets that can."""

    family: int
    address: Any


def new_socket(target: Address) -> socket.socket:
    """A socket that can be connected to `target`, and never waits. Raises `OSError` for none."""
    sock = socket.socket(target.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


@contextlib.contextmanager
def closed_unless_connected(target: Address) -> Iterator[socket.socket]:
    """Make a `new_socket` for `target`, which is closed if it is not connected in the block."""
    sock = new_socket(target)
    try:
        yield sock
    except BaseException:
        sock.close()
        raise


def literal(host: str, port: int) -> Address | None:
    """The address that `host` is itself, or None for a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return Address(family, (host, port))
    return None


class Addresses:
    """`Addresses` keeps what names stand for, so that each is looked up once in an attempt.

    The pipes of an attempt go to the same server then, where a name stands for several.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[Address]] = {}

    def get(self, host: str, port: int) -> list[Address] | None:
        """The addresses to try, the first one first; None for a name that is to be looked up."""
        address = literal(host, port)
        return self._known.get((host, port)) if address is None else [address]

    def keep(self, host: str, port: int, addresses: Iterable[Address]) -> list[Address]:
        """A name was looked up. Returns the addresses in the order in which to try them."""
        found = self._known[host, port] = alternate(addresses)
        return found

    def answered(self, host: str, port: int, sock: socket.socket) -> None:
        """A socket is connected: its address is the first one to try from now on."""
        known = self._known.get((host, port), [])
        with contextlib.suppress(OSError):  # it is gone again
            peer = sock.getpeername()
            known.sort(key=lambda address: address.address != peer)


def alternate(addresses: Iterable[Address]) -> list[Address]:
    """Each address once, the families taking turns (RFC 8305, section 4)."""
    families: dict[int, list[Address]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(address.family, []).append(address)
    turns = zip_longest(*families.values())
    return [address for address in chain.from_iterable(turns) if address is not None]
