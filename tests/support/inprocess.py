"""An application in the test's own process, so that a test can look inside."""

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast

import uvicorn
from werkzeug.serving import make_server

from tests.support.servers import Served


class Guest(uvicorn.Server):
    """A server that leaves the signals to the tests.

    Uvicorn would put back the handlers that it found, when those belong to nobody any more.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[Served]:
    """Serve an ASGI application with uvicorn, in the test's own event loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # connections may come at once
        config = uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=1, proxy_headers=False
        )
        server = Guest(config)
        task = asyncio.get_running_loop().create_task(server.serve([listener]))
        try:
            yield Served(cast(Any, None), listener.getsockname()[1], Path())
        finally:
            server.should_exit = True
            await task


@contextmanager
def serving_wsgi(app: Any, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve a WSGI application in threads, with werkzeug's development server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        server = make_server(
            "127.0.0.1", port, app, threaded=True, fd=listener.fileno(), ssl_context=tls
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Served(cast(Any, None), port, Path())
        finally:
            server.shutdown()
            thread.join()
