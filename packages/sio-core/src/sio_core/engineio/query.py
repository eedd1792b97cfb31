"""The query string of an Engine.IO request."""

from __future__ import annotations

from urllib.parse import parse_qsl

MAX_FIELDS = 100


def parse_query(text: str) -> dict[str, str]:
    """The parameters by name; of a repeated one the first counts.

    An unreadable query gives no parameters, which no transport accepts.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
