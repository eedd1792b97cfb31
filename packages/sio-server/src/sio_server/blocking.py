"""The blocking driver, for adapters and for servers of other protocols over `sio_core.engineio`."""

from .drivers.admission.authorization import Verdict
from .drivers.shared import Core
from .drivers.threads.connection import BlockingConnection
from .drivers.threads.driver import HTTP, Authorizer, Driver

__all__ = ["HTTP", "Authorizer", "BlockingConnection", "Core", "Driver", "Verdict"]
