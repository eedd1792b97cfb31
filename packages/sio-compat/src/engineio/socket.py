"""`engineio.socket`: `Socket`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    pass
else:
    __getattr__, __dir__ = lazy(__name__)
