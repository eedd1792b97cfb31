"""What a node of a cluster may be told: frozen values with safe defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..limits import Limits
from ..protocol_errors import LocalProtocolError

MIB = 1024 * 1024

_TIMES = (
    "linger",
    "presence_interval",
    "probe_interval",
    "probe_timeout",
    "stranger_memory",
    "ack_timeout",
    "max_queued_seconds",
)
_COUNTS = (
    "max_pending_acks",
    "max_pending_requests",
    "max_nodes",
    "max_publish_size",
    "max_receive_size",
    "max_queued_messages",
    "max_queued_bytes",
)


def cluster_limits() -> Limits:
    """Return what a node reads of messages from the broker: what other nodes may have written.

    Servers send no more than 200 levels; a message has three around them.
    """
    return Limits(attachments=1_000, attachment_bytes=16 * MIB, json_depth=203, containers=250_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """Settings of one node; times in seconds, sizes in bytes.

    `channel` is the name that all nodes of a cluster share on the broker. `routing` is whether
    messages go only to the nodes that they concern: True or False decide, None finds out whether
    every node understands that (see `Node`). A node stays subscribed to a room for `linger` after
    its last member left.

    Each node shows itself every `presence_interval`, and counts as gone after three of them. A
    probe goes through the broker and back every `probe_interval`; one that is not back within
    `probe_timeout` makes the node unhealthy. Other software that was heard on the channel counts as
    there for `stranger_memory`.

    Acknowledgements from other nodes are awaited for `ack_timeout`, unless a shorter time is asked
    for, and no more than `max_pending_acks` at a time: past it the oldest is given up. So it is
    with `max_pending_requests` questions to other nodes, and the least recent of `max_nodes` is
    forgotten.

    `max_publish_size` bounds a message that is published, `max_receive_size` one that is read, and
    `limits` what is in it. What waits for the broker is bounded by `max_queued_messages`,
    `max_queued_bytes` and `max_queued_seconds`: the oldest is dropped.
    """

    channel: str = "socketio"
    routing: bool | None = None
    linger: float = 5.0
    presence_interval: float = 10.0
    probe_interval: float = 5.0
    probe_timeout: float = 10.0
    stranger_memory: float = 24 * 3600.0
    ack_timeout: float = 300.0
    max_pending_acks: int = 10_000
    max_pending_requests: int = 10_000
    max_nodes: int = 1_024
    max_publish_size: int = MIB
    max_receive_size: int = 16 * MIB
    max_queued_messages: int = 10_000
    max_queued_bytes: int = 64 * MIB
    max_queued_seconds: float = 30.0
    limits: Limits = field(default_factory=cluster_limits)

    def __post_init__(self) -> None:
        if not self.channel:
            raise LocalProtocolError("channel must be a name that all servers of a cluster share")
        for name in _TIMES:
            if not 0 < getattr(self, name) < math.inf:
                raise LocalProtocolError(f"{name} must be a number of seconds above 0")
        for name in _COUNTS:
            if getattr(self, name) < 1:
                raise LocalProtocolError(f"{name} must be at least 1")
