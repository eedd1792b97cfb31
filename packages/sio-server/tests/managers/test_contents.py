"""What is read of an event that another process has encoded, for those who observe events."""

import pytest

from sio_core import DecodeError
from sio_core.socketio import Emit, JSONParser
from sio_server.managers.cluster.contents import with_contents


@pytest.mark.parametrize(
    ("frames", "args"),
    [
        (('42["news",1,{"a":2}]',), [1, {"a": 2}]),
        (('42/chat,["news"]',), []),
        (('451-["news",{"_placeholder":true,"num":0}]', b"x"), [b"x"]),
    ],
)
def test_an_event_is_read(frames, args):
    emit = with_contents(
        Emit("", (), "/", ["room"], ("skipped",), volatile=True), frames, JSONParser()
    )
    assert (emit.event, emit.args) == ("news", args)
    assert (emit.to, emit.skip, emit.volatile) == (["room"], ("skipped",), True)


@pytest.mark.parametrize(
    "frames",
    [('42["news"',), ("42{}",), ("40",), ("42[]",), ('451-["a",{"_placeholder":true,"num":0}]',)],
)
def test_what_is_no_event_is_refused(frames):
    with pytest.raises(DecodeError):
        with_contents(Emit("", ()), frames, JSONParser())
