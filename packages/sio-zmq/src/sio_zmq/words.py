"""What a manager and a forwarder say to each other beside messages.

Nothing here can be taken for a message: neither the name of a channel nor JSON begins like that.
"""

from __future__ import annotations

END = b"\0"
"""What ends a topic: the name of a channel, or one that is in use here."""

MARK = b"!"
"""The first byte of what a manager sends to itself; the topic of its link and a text follow."""

QUESTION = b"?sio_zmq" + END
"""Asks a forwarder how many subscribe; the topic for its answer follows, then those asked for."""

ANSWER = b"="
"""The first byte of an answer; how many subscribe to everything, and to each topic, follows."""
