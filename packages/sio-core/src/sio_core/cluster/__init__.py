"""Several servers as one, without I/O: a `Node` beside each `socketio.Server`, and a broker.

The contract is that of the whole package: inputs are methods, outputs are taken, time is given.
"""

from .channels import Channels, safe_name, tag_of
from .config import NodeConfig
from .events import (
    AckAddress,
    CloseAsked,
    DisconnectAsked,
    EmitReceived,
    EnterAsked,
    FindAddress,
    FindAsked,
    Found,
    HealthChanged,
    LeaveAsked,
    MessageRefused,
    NodeEvent,
    PublicationsDropped,
    Refusal,
    RemoteAckGivenUp,
    RemoteAckReceived,
    RoutingChanged,
    Told,
)
from .health import Health
from .json_messages import greeting
from .node import Node
from .notices import Counters
from .outbox import Publication
from .presence import Peer

__all__ = [
    "AckAddress",
    "Channels",
    "CloseAsked",
    "Counters",
    "DisconnectAsked",
    "EmitReceived",
    "EnterAsked",
    "FindAddress",
    "FindAsked",
    "Found",
    "Health",
    "HealthChanged",
    "LeaveAsked",
    "MessageRefused",
    "Node",
    "NodeConfig",
    "NodeEvent",
    "Peer",
    "Publication",
    "PublicationsDropped",
    "Refusal",
    "RemoteAckGivenUp",
    "RemoteAckReceived",
    "RoutingChanged",
    "Told",
    "greeting",
    "safe_name",
    "tag_of",
]
