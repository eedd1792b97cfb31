"""The application of a test as every framework serves it: its servers, and all other paths.

It is made of a module that was written for ASGI, without its `app`: `tests.apps.echo`, or the host
of the behaviour suite.
"""

import importlib
import json
from typing import Any

from sio_server import AsyncServer
from tests.apps.journal import Journal
from tests.server_behaviour.applications import CONTROL, Host


class Site:
    """What the module `name` has to be served.

    `sio` is the server to attach at `/socket.io/`; None where servers come and go while the
    process runs, each at a path of its own: then a request of a path that `find` knows is served by
    the `handle_request` of what it finds.
    """

    def __init__(self, name: str) -> None:
        module = importlib.import_module(name)
        self.sio: AsyncServer | None = getattr(module, "sio", None)
        self._journal: Journal = getattr(module, "journal", None) or Journal()
        self._host: Host | None = getattr(module, "host", None)
        self._obey: Any = getattr(module, "obey", None)

    def find(self, path: str) -> AsyncServer | None:
        """Return the server of a path, if it has one."""
        if self.sio is not None:
            return self.sio if (path + "/").startswith("/socket.io/") else None
        found = None if self._host is None else self._host.find(path)
        return None if found is None else found.both.sio

    async def shutdown(self) -> None:
        """End the server, for frameworks whose adapters do not hear of their end."""
        if self.sio is not None:
            await self.sio.shutdown()

    async def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body for a request of a path that no server has."""
        if path == CONTROL and self._obey is not None:
            return 200, json.dumps(await self._obey(json.loads(body))).encode()
        return await self._journal.answer(path)
