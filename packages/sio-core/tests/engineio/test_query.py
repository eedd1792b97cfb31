"""`query.py`: parameters by name, and never an error."""

import pytest

from sio_core.engineio.query import MAX_FIELDS, parse_query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {}),
        ("EIO=4&transport=polling&t=abc", {"EIO": "4", "transport": "polling", "t": "abc"}),
        ("sid=", {"sid": ""}),
        ("b64", {"b64": ""}),
        ("a=1&a=2", {"a": "1"}),
        ("a=x%20y+z", {"a": "x y z"}),
        ("a=%ff", {"a": "\ufffd"}),
        ("&".join(["a=1"] * MAX_FIELDS), {"a": "1"}),
        ("&".join(["a=1"] * (MAX_FIELDS + 1)), {}),
    ],
)
def test_parameters(text: str, query: dict[str, str]) -> None:
    assert parse_query(text) == query
