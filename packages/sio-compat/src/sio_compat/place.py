"""Where a name of `socketio` or `engineio` is, and which distribution brings it."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a name comes from."""

    module: str
    attribute: str
    distribution: str
