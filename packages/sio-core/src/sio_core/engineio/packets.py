"""Engine.IO packets: their types, and those that are always the same."""

from __future__ import annotations

from typing import Final

from ..prepared import Prepared
from ..values import Frame

# Engine.IO protocol 4, "Packet encoding": the packet type is the first character.
OPEN: Final = "0"
CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"

PROBE_PING: Final = "2probe"
PROBE_PONG: Final = "3probe"

CLOSE_MESSAGE: Final = Prepared((CLOSE,))
PING_MESSAGE: Final = Prepared((PING,))
NOOP_MESSAGE: Final = Prepared((NOOP,))
PROBE_REPLY: Final = Prepared((PROBE_PONG,))


def message(data: Frame) -> Prepared:
    """One message with `data`, text or bytes, to be given to `Session.send`."""
    return Prepared((MESSAGE + data if isinstance(data, str) else data,))
