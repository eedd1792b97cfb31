"""Several processes behind one port, of which only one knows a session.

With WebSockets alone a client has one connection, which one process serves, and nothing is amiss.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

WHY = (
    "Socket.IO's sessions live in one process, and {found}. {instead}, or make the server with "
    'transports=["websocket"]'
)

_explained: WeakSet[Any] = WeakSet()


def refuse_processes(server: Any, found: str, instead: str) -> None:
    """Raise `RuntimeError` where requests of one session may come to several processes.

    `found` says which processes there are or will be, `instead` how to have one or to tell them
    apart. `server` has a `driver`, as an `AsyncServer` does.
    """
    if _divides_sessions(server):
        raise RuntimeError(WHY.format(found=found, instead=instead))


def explain_processes(server: Any, found: str, instead: str) -> None:
    """Log a warning, once for each server, where `refuse_processes` would raise."""
    driver = server.driver
    if driver not in _explained:
        _explained.add(driver)
        if _divides_sessions(server):
            driver.log.warning(WHY.format(found=found, instead=instead))


def _divides_sessions(server: Any) -> bool:
    return "polling" in server.driver.engine.config.transports
