"""A parser from the documented `serializer` and `json` arguments, by their public names."""

from .parsers.serializers import choose_parser, limits_from, packet_class_of

__all__ = ["choose_parser", "limits_from", "packet_class_of"]
