"""Looks a host's addresses up, without keeping its caller waiting."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from ..address_order import Address

Report = Callable[[list[Address], Exception | None], None]


def resolve(host: str, port: int, report: Report) -> None:
    """Look a name up in a thread of its own, which calls `report` with what came of it.

    The lookup cannot be ended: a caller that needs it no longer ignores the report.
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
    except RuntimeError as error:  # there are too many threads
        report([], error)
