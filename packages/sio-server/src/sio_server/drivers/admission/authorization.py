"""What a driver asks its server about a request, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sio_core import Response
from sio_core.engineio import Event, Exchange


@dataclass(frozen=True, slots=True)
class Verdict:
    """A `Verdict` is the application's answer to an `Authorize` step.

    `sid` names the new session where the application makes session ids;
    `message` is what a refused client is told, unless `response` is its whole answer. `withdrawn`
    is called where a client that was allowed gets no session in this request after all.
    """

    allowed: bool
    sid: str = field(default="", repr=False)
    message: str = ""
    response: Response | None = field(default=None, repr=False)
    withdrawn: Callable[[], None] | None = field(default=None, repr=False)

    def answer(self, exchange: Exchange) -> Callable[..., list[Event]]:
        """Return the input of `exchange` that carries this answer out."""
        if self.allowed:
            return partial(exchange.allow, sid=self.sid)
        return partial(exchange.deny, message=self.message, response=self.response)
