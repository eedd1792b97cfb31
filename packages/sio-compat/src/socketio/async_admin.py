"""`socketio.async_admin`: `InstrumentedAsyncServer`, imported when first used."""

import os
import socket

from ._lazy import getter
from ._names import MODULES

HOSTNAME = socket.gethostname()
PID = os.getpid()

__getattr__ = getter(__name__, MODULES["async_admin"])
