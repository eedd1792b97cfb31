"""A message of the server that was decoded before it is processed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...engineio.client.events import ClientEvent, MessageReceived
from ..decoded import DecodedFrame, outcome
from ..parsers.parser import Decoder


@dataclass(slots=True)
class DecodedMessage(DecodedFrame):
    """A decoded message of the server."""


def decode(decoder: Decoder, events: Iterable[ClientEvent]) -> list[ClientEvent | DecodedMessage]:
    """Return `events` of one connection, with the messages decoded by `decoder`."""
    return [
        DecodedMessage(event.data, outcome(decoder, event.data))
        if type(event) is MessageReceived
        else event
        for event in events
    ]
