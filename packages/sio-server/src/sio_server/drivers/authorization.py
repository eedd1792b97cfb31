"""What a driver asks its server about a request, and the answer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """The application's answer to an `Authorize` step.

    `sid` names the new session where the application makes session ids;
    `message` is what a refused client is told.
    """

    allowed: bool
    sid: str = field(default="", repr=False)
    message: str = ""
