"""How long the end of a client may take: every limit, in seconds, and their order."""

from __future__ import annotations

from typing import Final

from sio_core.engineio import ClientConfig

GOODBYE: Final = ClientConfig().close_timeout
"""What the server gets to answer a goodbye; the core has this limit."""
PIPE: Final = 1.0
"""What a pipe that is to be closed gets to send the rest."""
LAST_PIPE: Final = 1.65
"""From the end that the application asked for until the last pipe is cut off."""
DISCONNECT: Final = 1.7
"""What `disconnect` waits at most, with the handlers."""
CTRL_C: Final = 1.9
"""What the clients of a process get before the program goes on being interrupted."""
PROMISED: Final = 2.0
"""What the documentation promises of `disconnect`, also where the machine is slow."""
PROCESS_END: Final = 1.0
"""What all clients together get at the end of the interpreter: not even a goodbye's whole time."""

ORDER: Final = (PIPE, GOODBYE, LAST_PIPE, DISCONNECT, CTRL_C, PROMISED)
"""In order: each limit is longer than the one before it, whose work it includes."""
assert list(ORDER) == sorted(set(ORDER)), "a limit of closing is shorter than one within it"
