"""What a Redis says to a connection that is subscribed to channels (RESP 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sio_server.managers.cluster.broker import Received

MESSAGES = (b"message", b"smessage")
SUBSCRIBED = (b"subscribe", b"ssubscribe")


def read_reply(reply: Any) -> Sequence[Received]:
    """Return what a reply says for a manager: a message, a subscription, or nothing."""
    kind, channel, payload = reply
    if kind in MESSAGES:
        return ((channel.decode(), payload),)
    if kind in SUBSCRIBED:
        return ((channel.decode(), None),)
    return ()
