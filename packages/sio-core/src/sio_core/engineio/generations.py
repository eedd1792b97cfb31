"""Which session and which WebSocket a client gets, by the revision of the protocol it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .link import Link
from .older_link import OlderLink
from .older_session import OlderSession, OlderTextSession
from .revision import OLDER_TEXT, OLDEST_BYTES, OLDEST_TEXT, REVISIONS, Revision
from .session import Session


@dataclass(frozen=True, slots=True)
class Generation:
    """The `session` and the `link` are classes; both look things up in `revision`."""

    revision: Revision
    session: type[Session]
    link: type[Link]


GENERATIONS: Final[Mapping[str, Generation]] = {
    "4": Generation(REVISIONS["4"], Session, Link),
}
"""Those of today, by the value of the `EIO` query parameter."""

OLDER: Final = Generation(REVISIONS["3"], OlderSession, OlderLink)
OLDER_AS_TEXT: Final = Generation(OLDER_TEXT, OlderTextSession, OlderLink)
OLDEST: Final = Generation(OLDEST_BYTES, OlderSession, OlderLink)
OLDEST_AS_TEXT: Final = Generation(OLDEST_TEXT, OlderTextSession, OlderLink)

TIME: Final = re.compile(r"[0-9]{13}-[0-9]{1,10}")
"""Milliseconds, and a number that counts requests."""

LINKS: Final[Mapping[int, type[Link]]] = {
    generation.revision.number: generation.link for generation in (*GENERATIONS.values(), OLDER)
}
"""By the number of the revision."""


def older_generation(query: Mapping[str, str]) -> Generation:
    """Return that of an older client, which says in its query whether it takes text alone.

    Engine.IO protocol 3, "Transports": `b64=1` stands for base64, and JSONP has nothing else.
    JavaScript clients of before 2015 (socket.io-client up to 1.3) that take bytes read no answer
    of text to a poll, and encode the text of a request twice; they are known by the time in `t`, in
    whose place later ones have a code. Those up to 1.7 do the latter, too, and are not known.
    """
    oldest = TIME.fullmatch(query.get("t", ""))
    if query.get("b64") or "j" in query:
        return OLDEST_AS_TEXT if oldest else OLDER_AS_TEXT
    return OLDEST if oldest else OLDER


def is_of_older(query: Mapping[str, str], revision: Revision) -> bool:
    """Return whether a request may be one of a session that speaks `revision`, an older one."""
    return revision.number == OLDER.revision.number and query.get("EIO", "") not in GENERATIONS
