"""What applications are told when a connection could not be made."""

from __future__ import annotations

import json
from typing import Any

from sio_core.engineio.client import refuses_protocol
from sio_core.exceptions import ConnectionError
from sio_core.socketio import Failure

NO_ANSWER = "no answer in time"
OTHER = " (without the option protocol, the client finds out which one the server speaks)"
MAX_QUOTED = 200
"""Characters of a server's answer that an error shows."""


def connection_error(failure: Failure) -> ConnectionError:
    """The documented exception for a failed attempt, with its cause inside.

    `args` is one text. What a server said when it refused is in `data`, by
    namespace when namespaces were refused.
    """
    error = ConnectionError(describe(failure))
    error.data = dict(failure.namespaces) if failure.namespaces else answer(failure)
    if isinstance(failure.cause, BaseException):
        error.__cause__ = failure.cause
    return error


def describe(failure: Failure) -> str:
    """One plain sentence on why an attempt failed."""
    if failure.namespaces:
        names = ", ".join(f"{name} ({_said(data)})" for name, data in failure.namespaces.items())
        return f"One or more namespaces failed to connect: {names}"
    if failure.status is not None:
        said = answer(failure)
        where = f"The server at {failure.server}" if failure.server else "The server"
        text = f"{where} refused the connection with status {failure.status}"
        if said is not None:
            text += f": {_said(said)}"
        return text + OTHER if refuses_protocol(failure.status, failure.body) else text
    what = f"The connection to {failure.server}" if failure.server else "The connection"
    if isinstance(failure.cause, BaseException):
        return f"{what} failed: {str(failure.cause) or type(failure.cause).__name__}"
    return f"{what} failed: {failure.reason.detail or failure.reason}"


def answer(failure: Failure) -> Any:
    """What a server answered when it refused the handshake: JSON, text, or None for nothing."""
    if failure.status is None or not failure.body:
        return None
    text = failure.body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text[:MAX_QUOTED] if text.isprintable() else None


def connect_error_data(failure: Failure) -> Any:
    """What the connect_error handlers are given: what the server said, else what went wrong."""
    if failure.unanswered:
        return NO_ANSWER
    said = answer(failure)
    return describe(failure) if said is None else said


def _said(data: Any) -> str:
    if data is None:
        return NO_ANSWER
    if isinstance(data, dict) and isinstance(data.get("message"), str):
        data = data["message"]
    text = data if isinstance(data, str) else json.dumps(data, default=repr)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "..."
