"""The scheme, host and address of a client's request, where a trusted proxy stands between.

Forwarded headers count only when the connection comes from an address that
the application named: anyone else could write whatever they like there.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from sio_core import Headers

EVERYBODY = "*"


class SeenRequest(NamedTuple):
    """The scheme and the host of a request as its client wrote them, and the client's address."""

    scheme: str
    host: str
    address: str


class TrustedProxies:
    """Addresses and networks whose forwarded headers are believed.

    Raises ValueError for what is neither an address, a network nor `"*"`. `names` are those it was
    made of: without any, a request is what it seems to be.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = names = tuple(names)
        self._all = EVERYBODY in names
        self._networks = [ip_network(name, strict=False) for name in names if name != EVERYBODY]

    def trusts(self, address: str) -> bool:
        """Tell whether forwarded headers count that come from `address`."""
        if self._all:
            return True
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)

    def resolve(self, direct: SeenRequest, headers: Headers) -> SeenRequest:
        """Return the request as the client made it.

        `direct` is the request as the web server got it, `headers` are all its headers, with names
        in lower case. `direct` is returned if its address is no trusted proxy.
        """
        if not self.trusts(direct.address):
            return direct
        forwarded = _forwarded(headers)
        proto = _last(forwarded.get("x-forwarded-proto", "")).lower()
        return SeenRequest(
            scheme=proto if proto in ("http", "https") else direct.scheme,
            host=_last(forwarded.get("x-forwarded-host", "")) or direct.host,
            address=self._client(forwarded.get("x-forwarded-for", ""), direct.address),
        )

    def _client(self, forwarded: str, address: str) -> str:
        # Each proxy appends the address it saw: walk back over those that are trusted, and no
        # further than to what is no address.
        for name in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
            found = _address(name)
            if not found:
                break
            address = found
            if not self.trusts(found) or self._all:
                break
        return address


NO_PROXIES = TrustedProxies(())
"""Those of a server that is composed from the core, and has no `proxies`."""


def _forwarded(headers: Headers) -> dict[str, str]:
    """Return the forwarded headers, several lines of one name as one (RFC 9110, section 5.3).

    The proxy's own line may stand behind one that the client sent.
    """
    forwarded: dict[str, str] = {}
    for name, value in headers:
        if name.startswith("x-forwarded-"):
            forwarded[name] = f"{forwarded[name]},{value}" if name in forwarded else value
    return forwarded


def _address(text: str) -> str:
    """The address in one entry of the list, which may have a port; empty if there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _last(value: str) -> str:
    return value.rpartition(",")[2].strip()
