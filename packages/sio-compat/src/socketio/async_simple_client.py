"""`socketio.async_simple_client`: `AsyncSimpleClient`, imported when first used."""

from ._lazy import getter
from ._names import MODULES

__getattr__ = getter(__name__, MODULES["async_simple_client"])
