"""What hosts a server, of Socket.IO or of Engine.IO: its async mode, and who serves its requests.

An adapter binds itself to a server that it is given. A server whose requests come without one finds
the adapter of its async mode with the first of them. How one waits is the async mode's, too.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from .modes import (
    ASYNC_MODES,
    Serve,
    attaching_mode,
    check_mode,
    choose_concurrency,
    first_installed,
    load_attach,
    load_serve,
)


class Hosted:
    """A server that frameworks host, but for what has a colour."""

    _mode = ""
    _serve: Serve | None = None

    @property
    def async_mode(self) -> str:
        """Return the name of the async mode in use."""
        return self._mode

    @abstractmethod
    def _choose_mode(self, asked: str | None) -> None:
        """Take the async mode that was `asked` for. Raises ValueError for one that cannot be."""

    def _load_serve(self) -> Serve:
        """Find out, with the first request, who serves the requests of this async mode."""
        self._serve = load_serve(self.async_mode)
        return self._serve


class AsyncHosted(Hosted):
    """A server on asyncio."""

    _asked: str | None = None

    def _choose_mode(self, asked: str | None) -> None:
        check_mode(asked, ASYNC_MODES)
        self._asked = asked
        self._mode = asked or ""

    @property
    def async_mode(self) -> str:
        """Return the name of the async mode: the one asked for, or the first that is installed."""
        if not self._mode:
            self._mode = first_installed(ASYNC_MODES) or "asgi"
        return self._mode

    def bind(self, mode: str, serve: Serve) -> None:
        """Serve requests of the async mode `mode` by the function `serve`: for adapters."""
        self._mode, self._serve = mode, serve

    async def handle_request(self, *args: Any, **kwargs: Any) -> Any:
        """Serve one request of the framework.

        `args` and `kwargs` are those of the async mode: under ASGI `(scope, receive, send)`.
        `ASGIApp` calls it; call it yourself to put the server under a path of your own.
        """
        return await (self._serve or self._load_serve())(self, *args, **kwargs)

    def _attach(self, app: Any, path: str) -> None:
        """Attach the server to an application, at the path of the endpoint."""
        load_attach(attaching_mode(app, self._asked))(self, app, path)

    async def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default, while other tasks run."""
        import asyncio

        await asyncio.sleep(seconds)


class BlockingHosted(Hosted):
    """A server in threads or greenlets."""

    concurrency: Any
    """The primitives of the async mode: a `Concurrency`, which those on asyncio do not import."""
    driver: Any

    def _choose_mode(self, asked: str | None) -> None:
        self._mode, self.concurrency = choose_concurrency(asked)

    def bind(self, serve: Serve) -> None:
        """Serve requests by the function `serve` from now on: for adapters."""
        self._serve = serve

    def handle_request(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Serve one WSGI request, whatever its path. Returns the body of the response.

        `environ` and `start_response` are those of PEP 3333. `WSGIApp` calls it; call it yourself
        to put the server under a path of your own.
        """
        return (self._serve or self._load_serve())(self, environ, start_response)

    def start_background_task(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a function in a thread or a greenlet. Returns an object with `join()`.

        `target` is called with `args` and `kwargs`. `shutdown` does not wait for it.
        """
        return self.concurrency.spawn(target, *args, **kwargs)

    def sleep(self, seconds: float = 0) -> None:
        """Wait for `seconds`, 0 by default, while other threads or greenlets run."""
        self.driver.workers.step_aside()
        self.concurrency.sleep(seconds)
