import math
from typing import Any

import pytest

from sio_core import LocalProtocolError
from sio_core.cluster import NodeConfig

from .nodes import make


def test_the_defaults_are_allowed() -> None:
    config = NodeConfig()
    assert config.channel == "socketio"
    assert config.routing is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel", ""),
        ("linger", 0),
        ("presence_interval", -1),
        ("probe_timeout", math.inf),
        ("ack_timeout", math.nan),
        ("max_publish_size", 0),
        ("max_queued_messages", 0),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(LocalProtocolError, match=name):
        NodeConfig(**{name: value})


def test_a_node_needs_an_id_and_a_tag() -> None:
    with pytest.raises(LocalProtocolError, match="host_id"):
        type(make())(host_id="", tag="tag00000")
    with pytest.raises(LocalProtocolError, match="8 characters"):
        type(make())(host_id="a", tag="short")
