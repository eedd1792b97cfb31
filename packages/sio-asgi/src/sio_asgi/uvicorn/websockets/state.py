"""The states of the opening of a WebSocket under uvicorn, as an enum and one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sio_core.transitions import Symbol


class OpeningState(Symbol):
    """How far the request for a WebSocket is from its answer."""

    REQUEST = "request"
    """The request is being read."""
    ASKED = "asked"
    """The application decides; what the client sends meanwhile is kept."""
    REFUSING = "refusing"
    """The application refuses with a response, whose body is being collected."""
    REFUSED = "refused"
    ACCEPTED = "accepted"
    """Nobody reads the WebSocket yet."""
    TAKEN = "taken over"
    """The WebSocket belongs to a driver."""
    ORDINARY = "ordinary"
    """The WebSocket is that of an ordinary route."""
    LOST = "lost"


class OpeningInput(Symbol):
    """What moves an opening on."""

    COMPLETE = "request complete"
    ACCEPT = "the application accepts"
    RESPOND = "the application begins a response"
    TAKE_OVER = "an endpoint takes over"
    TURN_OVER = "nobody took over in this turn of the loop"
    REFUSE = "refused, in error, or end of the web server"
    LOST = "connection lost"


OPENING: Final[Mapping[OpeningState, Mapping[OpeningInput, OpeningState]]] = {
    OpeningState.REQUEST: {
        OpeningInput.COMPLETE: OpeningState.ASKED,
        OpeningInput.REFUSE: OpeningState.REFUSED,
        OpeningInput.LOST: OpeningState.LOST,
    },
    OpeningState.ASKED: {
        OpeningInput.ACCEPT: OpeningState.ACCEPTED,
        OpeningInput.RESPOND: OpeningState.REFUSING,
        OpeningInput.REFUSE: OpeningState.REFUSED,
        OpeningInput.LOST: OpeningState.LOST,
    },
    OpeningState.REFUSING: {
        OpeningInput.REFUSE: OpeningState.REFUSED,
        OpeningInput.LOST: OpeningState.LOST,
    },
    OpeningState.REFUSED: {OpeningInput.LOST: OpeningState.LOST},
    OpeningState.ACCEPTED: {
        OpeningInput.TAKE_OVER: OpeningState.TAKEN,
        OpeningInput.TURN_OVER: OpeningState.ORDINARY,
    },
    OpeningState.TAKEN: {},
    OpeningState.ORDINARY: {},
    OpeningState.LOST: {},
}
