"""`sender.py`: what one value of the application is in a packet; `test_server.py` has the rest."""

from typing import Any

import pytest

from sio_core import LocalProtocolError, engineio
from sio_core.socketio import Emit, Server, event_args
from sio_core.testing import Ids


@pytest.mark.parametrize(
    ("data", "args"),
    [
        (None, []),
        ((), []),
        ((1, None, [2]), [1, None, [2]]),
        ([1, 2], [[1, 2]]),
        ("text", ["text"]),
        (0, [0]),
        ({}, [{}]),
        (b"", [b""]),
    ],
)
def test_a_tuple_is_several_and_none_is_none(data: Any, args: list[Any]) -> None:
    assert event_args(data) == args


def test_an_event_is_encoded_for_the_clients_of_other_servers_too() -> None:
    server = Server(engineio.Server(new_sid=Ids("engine")), new_id=Ids("socket"))
    emit = Emit("news", [1], "/chat", volatile=True, compress=False)
    message = server.prepare_event(emit)
    assert message.frames == ('42/chat,["news",1]',)
    assert (message.volatile, message.compress) == (True, False)
    assert server.prepare_event(emit, 7).frames == ('42/chat,7["news",1]',)
    with pytest.raises(LocalProtocolError, match="reserved"):
        server.prepare_event(Emit("connect", []))
