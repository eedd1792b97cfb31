"""A parser from the documented `serializer` and `json` arguments, by their public names."""

from .parsers.serializers import choose_parser, limits_from

__all__ = ["choose_parser", "limits_from"]
