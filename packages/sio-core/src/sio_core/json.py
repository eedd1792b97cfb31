"""JSON codecs by their public names; `sio_core.codecs` has them."""

from .codecs.choose_json import default_json
from .codecs.json import JSON, ModuleJSON, StdlibJSON

__all__ = ["JSON", "ModuleJSON", "StdlibJSON", "default_json"]
