"""From what an application gives as the data of an event to the arguments of that event."""

from __future__ import annotations

from typing import Any


def event_args(data: Any) -> list[Any]:
    """Return the arguments of an event or an acknowledgement, from one value of the application.

    A tuple is several, None is none, anything else is one.
    """
    if isinstance(data, tuple):
        return list(data)
    return [] if data is None else [data]
