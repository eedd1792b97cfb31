"""Names, passwords and headers as the sessions of other libraries have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..user_agent.agent_settings import Headers


def basic_of(auth: Any) -> tuple[str, str] | None:
    """The name and the password of basic authentication; None for any other kind."""
    # By name, for digest authentication has a name and a password, too.
    if type(auth).__name__ == "HTTPBasicAuth":
        return _text(auth.username), _text(auth.password)
    if isinstance(auth, tuple) and len(auth) in (2, 3):  # aiohttp's has an encoding, too
        return _text(auth[0]), _text(auth[1])
    return None


def unique(pairs: Iterable[tuple[str, str]]) -> Headers:
    """The last header of each name, in any case of its letters."""
    return tuple({name.lower(): (name, value) for name, value in pairs}.values())


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
