"""`socketio.async_aiopika_manager`: `AsyncAioPikaManager`, imported when first used."""

from ._lazy import getter
from ._names import MODULES

__getattr__ = getter(__name__, MODULES["async_aiopika_manager"])
