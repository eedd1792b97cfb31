"""The options of a cluster's manager, for annotations and for `NodeConfig` of sio_core."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TypedDict

from sio_core.cluster import NodeConfig


class ClusterOptions(TypedDict, total=False):
    """Keyword arguments of every manager for a cluster; seconds and bytes.

    * `routing`: whether messages go only to the processes that they concern. None (default): yes,
      unless a server of python-socketio is heard, or known to be there. False for a fleet in which
      some are python-socketio's, where the broker cannot say so.
    * `ack_timeout`: how long a callback waits for acknowledgements of other processes; 300.
    * `linger`: how long a process stays subscribed to a room that has no members any more; 5.
    * `presence_interval`: how often a process says that it is there; 10.
    * `probe_interval`, `probe_timeout`: how often a process checks that it hears itself, and after
      how long it calls itself unhealthy; 5 and 10.
    * `max_publish_size`: the bytes of one message, 1 MiB; a larger one is a `ValueError`.
    * `max_receive_size`: the bytes of a message that is read, 16 MiB; a larger one is refused.
    * `max_queued_messages`, `max_queued_bytes`, `max_queued_seconds`: what waits while the broker
      is away; 10,000, 64 MiB and 30. The oldest are dropped, which is logged and counted.
    * `max_pending_acks`: how many callbacks wait at a time; 10,000. The oldest is given up.
    """

    routing: bool | None
    ack_timeout: float
    linger: float
    presence_interval: float
    probe_interval: float
    probe_timeout: float
    max_publish_size: int
    max_receive_size: int
    max_queued_messages: int
    max_queued_bytes: int
    max_queued_seconds: float
    max_pending_acks: int


def check_url(url: object, example: str, *, several: bool = False) -> None:
    """Raise `TypeError` for what is no text, or, with `several`, no list of texts.

    What it is instead is not shown: it may have a password.
    """
    given: object = url
    if several and isinstance(url, Sequence) and not isinstance(url, bytes):
        given = next((each for each in url if not isinstance(each, str)), "")
    if not isinstance(given, str):
        lists = ", or a list of such" if several else ""
        name = type(given).__name__
        raise TypeError(f"url must be a text such as {example}{lists}, not of the type {name}")


NAMES = tuple(ClusterOptions.__annotations__)
IN_SIGNATURES = ("url", "channel", "write_only", "logger", "json")
"""What managers have besides, for a hint to a misspelt one."""


def read_options(channel: str, options: ClusterOptions) -> NodeConfig:
    """Return the config that `options` make. Raises `TypeError` and `ValueError` for wrong ones."""
    for name in options:
        if name not in NAMES:
            close = get_close_matches(name, (*NAMES, *IN_SIGNATURES), 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise TypeError(f"a manager has no option {name!r}{hint}")
    if not isinstance(channel, str):
        raise TypeError(f"channel must be a str, not {channel!r}")
    for name, value in options.items():
        if name == "routing":
            if value not in (True, False, None) or isinstance(value, float):
                raise TypeError(f"routing must be True, False or None, not {value!r}")
        elif name.startswith("max_") and not name.endswith("_seconds"):
            if not isinstance(value, int):
                raise TypeError(f"{name} must be an int, not {value!r}")
        elif not isinstance(value, int | float):
            raise TypeError(f"{name} must be a number of seconds above 0, not {value!r}")
    return NodeConfig(channel=channel, **options)
