"""The user agent does no I/O and looks at no clock: what it imports is read from its source."""

import sys
from pathlib import Path

import sio_client
from tests.support.imports import Import, imports_of

FORBIDDEN = frozenset(
    {
        "_thread",
        "asyncio",
        "select",
        "selectors",
        "socket",
        "ssl",
        "subprocess",
        "threading",
        "time",
    }
)
ROOM = "sio_client/user_agent/"


def imported() -> list[Import]:
    everything = imports_of(Path(str(sio_client.__file__)).parent)
    return [item for item in everything if item.where.startswith(ROOM)]


def test_nothing_that_waits_is_imported() -> None:
    assert imported(), "an empty room would pass"
    assert [item.where for item in imported() if item.top in FORBIDDEN] == []


def test_nothing_from_other_rooms() -> None:
    inside = ROOM.replace("/", ".")
    outside = {item.module for item in imported() if not item.module.startswith(inside)}
    own = {name for name in outside if name.partition(".")[0] not in sys.stdlib_module_names}
    # The version is in the User-Agent header.
    assert {name for name in own if not name.startswith("sio_core.")} == {
        "h11",
        "sio_client.__about__",
    }
