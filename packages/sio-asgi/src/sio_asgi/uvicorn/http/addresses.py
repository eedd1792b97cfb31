"""The addresses of a connection, as uvicorn puts them into a scope."""

from __future__ import annotations

from typing import Any


def remote_address(name: Any) -> tuple[str, int] | None:
    """Return the address of a client by the `peername` of its transport; None where it has none."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None


def local_address(name: Any) -> tuple[str, int | None] | None:
    """Return the address of a server by the `sockname` of a transport, or its path."""
    return (name, None) if isinstance(name, str) else remote_address(name)
