"""The methods that a program has replaced of a server in threads or greenlets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..dispatch.runners import run
from .outputs import Outputs
from .patching import Patching


class BlockingOutputs(Outputs):
    """`Outputs` that call the program in the thread that has sent something."""

    def claim(self) -> bool:
        """Return whether there is something to be shown; called with the driver's lock held."""
        return bool(self._waiting)

    def flush(self) -> None:
        """Show it. A client's messages that another thread is showing are left to that."""
        while (session := self.exclusively(self._begin)) is not None:
            run(self.show(session))


class Inside:
    """In the place of a client's strand: runs its handlers where they are put, at once."""

    def put(self, target: Callable[..., None], *args: Any) -> None:
        """Run `target(*args)`."""
        target(*args)


class BlockingPatching(Patching):
    """The methods of a `Server` that a program has replaced, or calls by itself."""

    new_order, new_outputs = Inside, BlockingOutputs
