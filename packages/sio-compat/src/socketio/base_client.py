"""`socketio.base_client`: `BaseClient`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import getter
from ._names import MODULES

if TYPE_CHECKING:
    from sio_client.shared.base_client import BaseClient as BaseClient

__getattr__ = getter(__name__, MODULES["base_client"])
