"""Everything needed to run whole conversations in memory, for tests.

A `Net` is a Socket.IO server core, any number of client models and the lossy
network between them; a `Pair` is the smallest of these, with one client and no
trouble. Time is a `FakeClock`, ids come from `Ids`, and chance is passed in,
so every run can be repeated exactly. A `Bus` is the same for the nodes of a cluster and their
broker. `check_growth` is for whatever reads what a peer sent: its time may only grow as the size of
that does.
"""

from .bus import Bus, BusLine, BusTroubles
from .clock import FakeClock, Ids
from .contract import CHECKS, Check
from .growth import TooSteep, check_growth
from .model import ClientModel, ProtocolViolation, Received
from .net import Chance, Net, Pair, Troubles
from .rig import Rig
from .scene import ContractBroken
from .watched import Alarm, WatchedServer

__all__ = [
    "CHECKS",
    "Alarm",
    "Bus",
    "BusLine",
    "BusTroubles",
    "Chance",
    "Check",
    "ClientModel",
    "ContractBroken",
    "FakeClock",
    "Ids",
    "Net",
    "Pair",
    "ProtocolViolation",
    "Received",
    "Rig",
    "TooSteep",
    "Troubles",
    "WatchedServer",
    "check_growth",
]
