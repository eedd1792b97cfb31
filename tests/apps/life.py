"""Lifespan hooks and a lifespan that is handed on; `SIO_TEST_LIFE` says which."""

import asyncio
import os
from typing import Any

from sio_asgi import ASGIApp
from tests.apps.echo import add_handlers, make_server
from tests.apps.journal import Journal

journal = Journal()
sio = make_server()
add_handlers(sio, journal)


async def started() -> None:
    """Note the start, on the event loop."""
    await asyncio.sleep(0)
    print("hook: started", flush=True)


def stopped() -> None:
    """Note the end; a plain function."""
    print(f"hook: stopped, {len(sio.eio.sockets)} sessions", flush=True)


def broken() -> None:
    """A hook that cannot do its work."""
    raise RuntimeError("the database is away")


HOOKS: dict[str, dict[str, Any]] = {
    "hooks": {"on_startup": started, "on_shutdown": stopped},
    "hooks, no other": {"on_startup": started, "on_shutdown": stopped},
    "forwarded": {},
    "broken": {"on_startup": broken},
}
life = os.environ["SIO_TEST_LIFE"]
app = ASGIApp(sio, None if "no other" in life else journal, **HOOKS[life])
