"""Values that the applications for ASGI and for WSGI send, and words for those they get."""

from typing import Any

REFUSALS: dict[str, tuple[Any, ...]] = {
    "message": ("not today",),
    "data": ("not today", {"retry": 7}),
}
BYTES = (b"\x00\x1e\xff", {"list": [b"", memoryview(b"view")], "text": "b\x1e4"}, None)


def describe(value: Any) -> Any:
    """Return what a value is on this side, as JSON that any client can compare."""
    if isinstance(value, bytes):
        return f"bytes:{value.hex()}"
    if isinstance(value, list):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {key: describe(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return f"{type(value).__name__}:{value}"
    return f"{type(value).__name__}:{value.isoformat()}"
