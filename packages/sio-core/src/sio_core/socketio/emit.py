"""An event that is to be sent, as one value from whoever emits it to the sockets it is for."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..prepared import Prepared

# Not frozen at run time: see sio_core.engineio.session. An `Emit` is not changed once it is made.


@dataclass(slots=True)
class Emit:
    """One event for `Server.send`: what it is called, what it carries and whom it is for.

    `args` are the arguments of the event, which goes to the clients of `namespace` that are in
    one of the rooms `to` (None: to all of them) and in none of the rooms `skip`; the sid of a
    client is a room. A `volatile` event is dropped where it would have to wait; with
    `compress` false an answer to a poll that carries it is not compressed. With a `token` every
    client is asked to acknowledge, `until` a time of the driver's clock (None: for ever):
    `AckReceived`, `AckTimedOut` and `AckAborted` name the token.
    """

    event: str
    args: Sequence[Any] = field(repr=False)
    namespace: str = "/"
    to: Collection[Hashable] | None = None
    skip: Collection[Hashable] = ()
    volatile: bool = False
    compress: bool = True
    token: Any = field(default=None, repr=False)
    until: float | None = None


@dataclass(slots=True)
class Delivery:
    """An `Emit` on its way: `ack_id` is what clients acknowledge, `message` what they are sent."""

    emit: Emit
    ack_id: int | None
    message: Prepared | None = None
