"""A message of the server that was decoded before it is processed."""

from __future__ import annotations

from dataclasses import dataclass

from ..decoded import DecodedFrame


@dataclass(slots=True)
class DecodedMessage(DecodedFrame):
    """A decoded message of the server."""
