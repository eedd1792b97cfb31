"""Whatever a server says inside its messages: a client never raises, and all ends once."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sio_core.codecs.msgpack_writer import packb
from sio_core.exceptions import BadNamespaceError
from sio_core.socketio import (
    ClientSocket,
    ClientState,
    Connected,
    ConnectRefused,
    Ended,
    NamespaceLeft,
    Parser,
    ServerAckAborted,
    ServerAckReceived,
    ServerAckTimedOut,
    ServerEventReceived,
)
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.values import Frame

from .support import Hand

GOOD = ['40{"sid":"x"}', '40/a,{"sid":"y"}', '42["e"]', '42/a,1["e",{}]', "431[]", "43/a,1[]"]
ODD = [
    "41",
    "41/a,",
    '44"no"',
    '44/a,{"message":"no"}',
    "40",
    "40/x,",
    "42",
    "43",
    "432[]",
    "2",
    "6",
]
BAD = ["4", "40[]", "41{}", "4abc", "49", '450-["a"]', "452-[1]", "43{}", '42["connect"]', "1"]
DEEP = ["42" + "[" * 9999, '42["e",' + "[" * 500 + "]" * 500 + "]", "42[" + "9" * 5000 + "]"]

frames: st.SearchStrategy[Frame] = st.one_of(
    st.sampled_from(GOOD),
    st.sampled_from(GOOD),
    st.sampled_from([*ODD, '451-["e",{"_placeholder":true,"num":0}]']),
    st.sampled_from([*BAD, *DEEP]),
    st.text(max_size=9),
    st.text(max_size=9).map(lambda text: "4" + text),
    st.binary(max_size=9),
)
protocols = st.sampled_from([None, 3, 4])
packs: st.SearchStrategy[Frame] = st.fixed_dictionaries(
    {"type": st.integers(0, 5), "nsp": st.sampled_from(["/", "/a", "/x", 1])},
    optional={
        "data": st.sampled_from([{"sid": "x"}, ["e", 1], [], "no", None, {"sid": 1}, [b"e"]]),
        "id": st.sampled_from([0, 1, 2, -1, "1", 1 << 60]),
    },
).map(lambda value: packb(value, 9))


def listen(parser: Parser | None, told: list[Frame], wait: bool, protocol: int | None) -> None:
    """Have a client hear `told`, which tries to use its connection all the while."""
    settings = {"max_held": 3, "max_pending_acks": 3, "protocol": protocol}
    hand = Hand(parser=parser, reconnection=False, **settings)
    hand.connect("/", "/a", wait=wait)
    hand.attempt(namespace_timeout=5)
    hand.open()
    tokens = 0
    for frame in told:
        if hand.client.state is ClientState.IDLE:
            break
        if hand.client.state is ClientState.DUE:
            assert protocol is None, "an attempt is made again to find the protocol out"
            hand.attempt(namespace_timeout=5)
            hand.open()
        if hand.engine.revision == 3 and isinstance(frame, bytes):
            frame = b"\x04" + frame
        hand.frame(frame)
        try:
            hand.call("x", tokens, within=3)
            tokens += 1
        except BadNamespaceError:
            pass
        hand.wait(0.1)
    for socket in hand.client.sockets.values():
        assert len(socket.held) <= 3
        assert len(socket.acks or ()) <= 3
    hand.disconnect()
    check(hand, tokens)


def check(hand: Hand, tokens: int) -> None:
    assert hand.client.state is ClientState.IDLE
    assert len(hand.of_type(Ended)) == 1
    assert len(hand.client._timers) == 0
    state: dict[ClientSocket, str] = {}
    settled: Counter[int] = Counter()
    for event in hand.events:
        if isinstance(event, Connected | ConnectRefused):
            assert event.socket not in state
            state[event.socket] = "in" if isinstance(event, Connected) else "out"
        elif isinstance(event, ServerEventReceived | NamespaceLeft):
            assert state[event.socket] == "in"
            if isinstance(event, NamespaceLeft):
                state[event.socket] = "out"
        elif isinstance(event, ServerAckReceived | ServerAckAborted | ServerAckTimedOut):
            settled[event.token] += 1
    assert "in" not in state.values()
    assert settled == Counter(range(tokens))


@given(st.lists(frames, max_size=15), st.booleans(), protocols)
def test_json(told: list[Frame], wait: bool, protocol: int | None) -> None:
    listen(None, told, wait, protocol)


@given(st.lists(st.one_of(packs, packs, packs, frames), max_size=15), st.booleans(), protocols)
def test_msgpack(told: list[Frame], wait: bool, protocol: int | None) -> None:
    listen(MsgpackParser(), told, wait, protocol)
