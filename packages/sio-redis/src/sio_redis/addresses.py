"""The addresses of Redis and Valkey that a manager takes.

`redis://` and `valkey://` are TCP, `rediss://` and `valkeys://` TLS, `unix://` a socket of this
machine; `+sentinel` and `+cluster` behind the first word name several hosts, by commas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PORT, SENTINEL_PORT = 6379, 26379
SCHEMES = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
"""Which of the schemes are TLS."""
ACCEPTED = (
    "redis://, rediss://, valkey://, valkeys://, unix://, and with +sentinel or +cluster "
    "behind the first word, such as redis+sentinel://host:port,host:port/0/service"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Redis is, in the words of redis-py.

    `kind` is `"single"`, `"sentinel"` or `"cluster"`. `url` is the address of a single one, `hosts`
    are those of the others. `service` is what sentinels call the master. `options` are arguments
    of the connections, with the password: keep them out of logs.
    """

    kind: str
    url: str = field(default="", repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_address(url: str) -> Address:
    """Return what `url` says. Raises `ValueError` for what is no address; no password is shown."""
    scheme, _, rest = url.partition("://")
    word, _, kind = scheme.lower().partition("+")
    if word == "unix" and not kind:
        return Address("single", url)
    if word not in SCHEMES or kind not in ("", "sentinel", "cluster"):
        raise ValueError(f"{scheme!r} is no address of a Redis: use {ACCEPTED}")
    tls = SCHEMES[word]
    if not kind:
        database = urlsplit(url).path.strip("/")
        if database and not database.isdecimal():
            raise ValueError("the address of the Redis ends with the number of a database: /0")
        return Address("single", f"{'rediss' if tls else 'redis'}://{rest}")
    # Several hosts make no valid URL: they are split here, all else by the standard library.
    where, slash, path = rest.partition("/")
    login, at, hosts = where.rpartition("@")
    parts = urlsplit(f"redis://{login}{at}host{slash}{path}")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if tls:
        options["ssl"] = True
    if parts.username:
        options["username"] = unquote(parts.username)
    if parts.password:
        options["password"] = unquote(parts.password)
    words = [unquote(word) for word in parts.path.split("/") if word]
    found = tuple(
        _host(host, SENTINEL_PORT if kind == "sentinel" else PORT)
        for host in hosts.split(",")
        if host
    )
    if not found:
        raise ValueError("the address of the Redis names no host")
    if kind == "cluster":
        if words and words != [str(0)]:
            raise ValueError("a Redis cluster has no databases: leave the path out of its address")
        return Address(kind, hosts=found, options=options)
    if not words:
        raise ValueError(
            "the address of sentinels ends with the name of their service: "
            "redis+sentinel://host:port/0/service"
        )
    *numbers, service = words
    if len(numbers) > 1 or not all(number.isdecimal() for number in numbers):
        raise ValueError("the address of sentinels ends with a number and a name: /0/service")
    options["db"] = int(numbers[0]) if numbers else 0
    return Address(kind, hosts=found, service=service, options=options)


def parse_sentinel_url(url: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """Return the hosts of the sentinels that `url` names, their service, and its other arguments.

    Raises `ValueError` for an address of anything else.
    """
    address = read_address(url)
    if address.kind != "sentinel":
        raise ValueError("no address of sentinels: redis+sentinel://host:port,host:port/0/service")
    return list(address.hosts), address.service, dict(address.options)


def _host(text: str, default: int) -> tuple[str, int]:
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        return text.strip("[]"), default
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{port!r} is no port of a Redis")
    return host.strip("[]"), int(port)
