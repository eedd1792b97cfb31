"""The CBOR parser by its public name: one binary frame a packet, bytes inside it."""

from .parsers.cbor_parser import CBORParser

__all__ = ["CBORParser"]
