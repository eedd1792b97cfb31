"""The asyncio driver, for adapters and for servers of other protocols over `sio_core.engineio`."""

from .drivers.admission.authorization import Verdict
from .drivers.asyncio.direct import DirectHTTP, DirectRequest
from .drivers.asyncio.driver import HTTP, Authorizer, Driver
from .drivers.asyncio.websockets.connection import Connection
from .drivers.shared import Core

__all__ = [
    "HTTP",
    "Authorizer",
    "Connection",
    "Core",
    "DirectHTTP",
    "DirectRequest",
    "Driver",
    "Verdict",
]
