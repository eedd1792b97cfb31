"""`engineio.static_files`: `content_types` and `get_static_file`, imported when first used."""

from typing import TYPE_CHECKING

from ._lazy import lazy

if TYPE_CHECKING:
    from sio_server.engineio.static_file import content_types as content_types
    from sio_server.engineio.static_file import get_static_file as get_static_file
else:
    __getattr__, __dir__ = lazy(__name__)
