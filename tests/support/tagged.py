"""JSON in which bytes travel too, between a test and the processes that it controls."""

import base64
import json
from typing import Any

TAG = "$bytes"


def dumps(value: Any) -> bytes:
    """Encode a value. Tuples become lists."""
    return json.dumps(value, default=_tag).encode()


def loads(text: bytes) -> Any:
    """Decode a value."""
    return json.loads(text, object_hook=_untag)


def _tag(value: object) -> dict[str, str]:
    if isinstance(value, bytes | bytearray | memoryview):
        return {TAG: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} does not travel")


def _untag(value: dict[str, Any]) -> Any:
    return base64.b64decode(value[TAG]) if value.keys() == {TAG} else value
