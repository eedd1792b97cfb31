"""What a manager and a forwarder say to each other beside messages.

None of it begins as a message does: the name of a channel has no such characters, and JSON neither.
"""

from __future__ import annotations

END = b"\0"
"""What ends a topic: the name of a channel, or one that is in use here."""

MARK = b"!"
"""What a manager sends to itself begins with: the topic of one link follows, then its content."""

QUESTION = b"?sio_zmq" + END
"""Asks a forwarder how many subscribe: the topic of the answer follows, then those asked for."""

ANSWER = b"="
"""What an answer begins with: how many subscribe to everything, and to each topic."""
