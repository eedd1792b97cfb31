"""Which protocol of Engine.IO a client's attempts are made in."""

from __future__ import annotations

from ...engineio.client import refuses_protocol
from ...engineio.client.events import ConnectionLost


class ServerProtocol:
    """A `ServerProtocol` is the Engine.IO protocol of one server, given or to be found out.

    `revision` is 3 or 4, None while it is not known: attempts then begin as 4 does. What was found
    out stands until an attempt fails: another server may have come. None is made more than twice.
    """

    def __init__(self, given: int | None) -> None:
        self.revision = given
        self._sought = given is None
        self._twice = False

    def begin(self) -> None:
        """Note that an attempt begins that is not the second part of another one."""
        self._twice = False

    def found_older(self) -> bool:
        """Note that a server speaks protocol 3 that was spoken to in 4.

        Returns whether the attempt is to be made again, in protocol 3.
        """
        if self.revision is not None or self._twice:
            return False
        self.revision = 3
        self._twice = True
        return True

    def failed(self, lost: ConnectionLost) -> bool:
        """Note how an attempt failed. Returns whether it is to be made again, in `revision`."""
        if not self._sought:
            return False
        other = 3 if self.revision is None else None
        self.revision = None
        if self._twice or not refuses_protocol(lost.status, lost.body):
            return False
        self.revision = other
        self._twice = True
        return True
