"""`socketio.base_namespace`: `BaseNamespace`, imported when first used."""

from ._lazy import getter
from ._names import MODULES

__getattr__ = getter(__name__, MODULES["base_namespace"])
