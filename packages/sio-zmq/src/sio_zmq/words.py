"""What a manager and a forwarder say to each other beside messages.

None of it begins as a message does: the name of a channel has no such characters, and JSON neither.
"""

from __future__ import annotations

MARK = b"!"
"""What a manager sends to itself begins with: the topic of one link follows, then its content."""

QUESTION = b"?sio_zmq\0"
"""Asks a forwarder to publish, behind the topic that follows, whether somebody hears everything."""

YES, NO = b"yes", b"no"
"""Its answers. python-socketio hears everything, and a manager of this project never."""
