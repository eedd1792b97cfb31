"""`engineio.async_drivers.tornado`: `get_tornado_handler`, imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sio_tornado.engineio import get_tornado_handler as get_tornado_handler
else:

    def __getattr__(name: str) -> Any:
        if name == "get_tornado_handler":
            return getattr(import_module("engineio"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return ["get_tornado_handler", *globals()]
