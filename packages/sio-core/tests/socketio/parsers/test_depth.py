"""`socketio/parsers/depth.py`: how deep outgoing data may be nested."""

from collections import OrderedDict
from typing import Any

import pytest

from sio_core.protocol_errors import LocalProtocolError
from sio_core.socketio.parsers.depth import check_depth, check_depth_of_text

MANY: Any = [[1, {"a": 2.5, "b": [None, b"x"]}] for _ in range(10)]


@pytest.mark.parametrize("data", [MANY, [OrderedDict(a=[each]) for each in range(10)], 1, "x"])
def test_wide_data_is_not_deep(data: Any) -> None:
    check_depth_of_text(str(data), data, 5)
    check_depth(data, 5)


@pytest.mark.parametrize("data", [[[[1]]], [[[[]]], OrderedDict()], OrderedDict(a={"b": {"c": 1}})])
def test_deep_data_is_refused(data: Any) -> None:
    for check in (lambda: check_depth_of_text(str(data), data, 2), lambda: check_depth(data, 2)):
        with pytest.raises(LocalProtocolError, match="max_json_depth"):
            check()
