"""`engineio.async_drivers.asgi`: `ASGIApp`, imported when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sio_asgi.engineio import ASGIApp as ASGIApp
else:

    def __getattr__(name: str) -> Any:
        if name == "ASGIApp":
            return getattr(import_module("engineio"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return ["ASGIApp", *globals()]
