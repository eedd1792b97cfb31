"""An application under uvicorn in the test's own event loop, so that a test can look inside."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import uvicorn

from tests.support.servers import Served


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[Served]:
    """Serve `app` on a free port of the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listener:  # connections may come at once
        config = uvicorn.Config(
            app, log_level="error", timeout_graceful_shutdown=5, proxy_headers=False
        )
        server = uvicorn.Server(config)
        task = asyncio.get_running_loop().create_task(server.serve([listener]))
        try:
            yield Served(cast(Any, None), listener.getsockname()[1], Path())
        finally:
            server.should_exit = True
            await task
