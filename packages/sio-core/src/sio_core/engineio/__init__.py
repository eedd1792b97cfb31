"""Engine.IO protocol 4, server side, without I/O: sessions, exchanges and links."""

from ._state import Heartbeat, LinkState, SessionState
from .config import Config
from .events import Closed, Event, Message, Opened, Upgraded
from .exchange import Exchange
from .link import Link
from .packets import REVISIONS, Revision, message
from .refusals import Code, Refusal
from .server import Server, Sink
from .session import Session
from .steps import Authorize, ReadBody, Step, Suspend, UpgradeToWebSocket

__all__ = [
    "REVISIONS",
    "Authorize",
    "Closed",
    "Code",
    "Config",
    "Event",
    "Exchange",
    "Heartbeat",
    "Link",
    "LinkState",
    "Message",
    "Opened",
    "ReadBody",
    "Refusal",
    "Revision",
    "Server",
    "Session",
    "SessionState",
    "Sink",
    "Step",
    "Suspend",
    "UpgradeToWebSocket",
    "Upgraded",
    "message",
]
