"""The msgpack parser by its public name: one binary frame a packet, bytes inside it."""

from .parsers.msgpack_parser import MsgpackParser

__all__ = ["MsgpackParser"]
