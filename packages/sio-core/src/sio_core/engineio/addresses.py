"""How many sessions each client address has."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv6Address

IPV6_PREFIX_BYTES = 8
"""A subscriber has a whole network of 64 bits: counting its addresses would count nothing."""


def address_key(address: str) -> str:
    """Return what an address is counted by: itself, or with IPv6 its network of 64 bits.

    An empty text stays one: it is not counted.
    """
    if ":" not in address:
        return address
    try:
        ip = IPv6Address(address)
    except AddressValueError:
        return address
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return ip.packed[:IPV6_PREFIX_BYTES].hex(":", 2)


class Addresses:
    """Counts sessions by the key of their address."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, key: str) -> int:
        """Return how many sessions have `key`; 0 for an empty key, which is not counted."""
        return self._counts.get(key, 0)

    def add(self, key: str) -> None:
        """Note that a session with `key` began."""
        if key:
            self._counts[key] = self._counts.get(key, 0) + 1

    def remove(self, key: str) -> None:
        """Note that a session with `key` ended."""
        if not key:
            return
        left = self._counts[key] - 1
        if left:
            self._counts[key] = left
        else:
            del self._counts[key]
