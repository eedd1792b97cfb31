"""From a host to the addresses to try, without ever keeping its caller waiting."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """Where to connect to, with the family of sockets that can."""

    family: int
    address: Any


Report = Callable[[list[Address], Exception | None], None]


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
    """What names stand for, for one connection attempt: each of them is looked up once.

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


def resolve(host: str, port: int, report: Report) -> None:
    """Look a name up in a thread of its own, which calls `report` with what came of it.

    The lookup cannot be ended: whoever is no longer interested ignores the report.
    """

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            report([], error)
        else:
            report([Address(item[0], item[4]) for item in found], None)

    try:
        threading.Thread(target=look_up, name="sio-client-resolver", daemon=True).start()
    except RuntimeError as error:  # there are too many
        report([], error)


def alternate(addresses: Iterable[Address]) -> list[Address]:
    """Each address once, the families taking turns (RFC 8305, section 4)."""
    families: dict[int, list[Address]] = {}
    for address in dict.fromkeys(addresses):
        families.setdefault(address.family, []).append(address)
    turns = zip_longest(*families.values())
    return [address for address in chain.from_iterable(turns) if address is not None]
