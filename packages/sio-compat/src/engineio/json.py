"""`engineio.json`: the names of the `json` of the standard library."""

from json import JSONDecodeError, JSONDecoder, JSONEncoder, dump, dumps, load, loads

__all__ = ["JSONDecodeError", "JSONDecoder", "JSONEncoder", "dump", "dumps", "load", "loads"]
