"""The faster JSON codec by its public name; `sio_core.codecs.fast_json` has it."""

from .codecs.fast_json import FastJSON

__all__ = [
    "FastJSON",
]
