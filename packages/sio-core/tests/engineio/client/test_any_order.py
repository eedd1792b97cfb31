"""Whatever a server answers, and in whatever order: a client never raises, repeats or gets stuck.

`Caller.note` holds after every input that no action names what was ended, and that a connection
ends once. Here a server that keeps to no rule answers, and messages are followed to the wire.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sio_core.engineio import (
    ClientState,
    ConnectionLost,
    ConnectionOpened,
    SendHTTP,
    TransportUpgraded,
    WriteWebSocket,
)
from sio_core.reasons import Reason
from sio_core.values import Frame

from .support import Caller, open_packet

PACKETS: list[Frame] = ["4hi", "4", "2", "2x", "6", b"\x01", b"", "3", "5"]
RUDE: list[Frame] = ["1", "", "7", "\ud800", "3probe", "2probe", open_packet(), "0{}", "4" * 99]
BODIES = [b"6", b"4a\x1e4b", b"2", b"2\x1e4c\x1e6", b"bAQ=="]
RUDE_BODIES = [b"", b"\xff", b"1", b"4a\x1e1\x1e4b", b"bA", b"<html>", open_packet().encode()]
OPENS = [open_packet(), open_packet(upgrades=[]), open_packet(maxPayload=9), "0{}", "4early"]


class Garbage(RuleBasedStateMachine):
    """One client of a server with no manners, most of the time."""

    @initialize(
        transports=st.sampled_from([("polling", "websocket"), ("polling",), ("websocket",)]),
        max_queue_bytes=st.sampled_from([12, 1000]),
        max_post_packets=st.sampled_from([1, 3, 16]),
        opening=st.sampled_from([None, *OPENS]),
    )
    def begin(
        self,
        transports: tuple[str, ...],
        max_queue_bytes: int,
        max_post_packets: int,
        opening: str | None,
    ) -> None:
        self.caller = Caller(
            transports=transports,
            max_queue_bytes=max_queue_bytes,
            max_post_packets=max_post_packets,
        ).open()
        self.sent: list[str] = []
        self.due, self.count = float("inf"), 0
        if opening is not None and transports[0] == "polling":
            self.caller.answer("GET", opening)
        elif opening is not None:
            self.caller.opened()
            self.caller.frame(opening)

    @invariant()
    def a_deadline_that_comes_nearer_is_counted(self) -> None:
        client = self.caller.client
        due, count = client.next_deadline(), client.moves.count
        if due is not None and due < self.due:
            assert count != self.count
        self.due, self.count = float("inf") if due is None else due, count

    @precondition(lambda self: self.caller.busy("GET"))
    @rule(body=st.sampled_from(BODIES))
    def poll(self, body: bytes) -> None:
        self.caller.answer("GET", body)

    @precondition(lambda self: self.caller.busy("POST"))
    @rule()
    def posted(self) -> None:
        self.caller.answer("POST")

    @precondition(lambda self: self.caller.busy("socket"))
    @rule()
    def opened(self) -> None:
        self.caller.opened()

    @precondition(lambda self: self.caller.busy("socket"))
    @rule()
    def probe_answered(self) -> None:
        self.caller.frame("3probe")

    @precondition(lambda self: self.caller.client.transport == "websocket")
    @precondition(lambda self: self.caller.busy("socket"))
    @rule(frame=st.sampled_from(PACKETS))
    def frame(self, frame: Frame) -> None:
        self.caller.frame(frame)

    @precondition(lambda self: self.caller.busy("socket"))
    @rule(frame=st.one_of(st.sampled_from(RUDE), st.text(max_size=9), st.binary(max_size=9)))
    def rude_frame(self, frame: Frame) -> None:
        self.caller.frame(frame)

    @precondition(lambda self: self.caller.book.live)
    @rule(body=st.one_of(st.sampled_from(RUDE_BODIES), st.binary(max_size=9)), post=st.booleans())
    def rude_answer(self, body: bytes, post: bool) -> None:
        what = "POST" if post else "GET"
        if self.caller.busy(what):
            self.caller.answer(what, body)

    @precondition(lambda self: self.caller.busy("GET") or self.caller.busy("POST"))
    @rule(post=st.booleans(), status=st.sampled_from([0, 204, 400, 500, 999]))
    def rude_status(self, post: bool, status: int) -> None:
        what = "POST" if post and self.caller.busy("POST") else "GET"
        if self.caller.busy(what):
            self.caller.answer(what, b"4x", status)

    @precondition(lambda self: self.caller.busy("GET") or self.caller.busy("POST"))
    @rule(post=st.booleans())
    def reset(self, post: bool) -> None:
        what = "POST" if post and self.caller.busy("POST") else "GET"
        if self.caller.busy(what):
            self.caller.fail(what, OSError())

    @precondition(lambda self: self.caller.busy("socket"))
    @rule(cause=st.sampled_from([None, OSError()]))
    def lose(self, cause: OSError | None) -> None:
        self.caller.lose(cause)

    @rule(volatile=st.booleans(), size=st.sampled_from([0, 12]))
    def send(self, volatile: bool, size: int) -> None:
        frame = f"4m{len(self.sent)}{'x' * size}"
        before = self.on_the_way()
        self.caller.send(frame, volatile=volatile)
        if self.on_the_way() != before:
            self.sent.append(frame)

    @rule(seconds=st.sampled_from([0.0, 0.5, 1.5, 5.0, 10.0, 25.0]))
    def wait(self, seconds: float) -> None:
        self.caller.wait(seconds)

    @rule(abort=st.booleans())
    def close(self, abort: bool) -> None:
        if abort:
            self.caller.note(self.caller.client.abort(Reason("transport error")))
        else:
            self.caller.close()

    # Truths -----------------------------------------------------------------

    def written(self) -> list[Frame]:
        """The test's messages in the order in which they were written, over either transport."""
        packets: list[Frame] = []
        for action in self.caller.actions:
            if isinstance(action, SendHTTP) and action.body:
                packets += action.body.decode().split("\x1e")
            elif isinstance(action, WriteWebSocket):
                packets += action.message.frames
        return [each for each in packets if isinstance(each, str) and each[:2] == "4m"]

    def on_the_way(self) -> list[Frame]:
        queued = [frame for message in self.caller.client._outbox for frame in message.frames]
        mine = [each for each in queued if isinstance(each, str) and each[:2] == "4m"]
        return self.written() + mine

    @invariant()
    def messages_are_written_once_and_in_order(self) -> None:
        written = self.written()
        assert written == self.sent[: len(written)]
        if self.caller.client.state in (ClientState.OPEN, ClientState.CLOSING):
            assert self.on_the_way() == self.sent

    @invariant()
    def a_connection_begins_goes_on_and_ends_once(self) -> None:
        events = self.caller.events
        kinds = [type(event) for event in events]
        assert kinds.count(TransportUpgraded) <= 1
        if ConnectionOpened in kinds:
            assert kinds[0] is ConnectionOpened
        else:
            assert set(kinds) <= {ConnectionLost}
        assert ConnectionLost not in kinds[:-1]

    @invariant()
    def something_will_happen(self) -> None:
        client = self.caller.client
        if client.state is not ClientState.CLOSED:
            assert client.next_deadline() is not None
        if client.state is ClientState.OPEN and client.transport == "polling":
            assert self.caller.busy("GET") or self.caller.busy("POST") or self.caller.busy("socket")

    def teardown(self) -> None:
        if not hasattr(self, "caller"):
            return
        self.caller.wait(100)
        assert self.caller.client.state is ClientState.CLOSED
        assert self.caller.client._queued_bytes == 0
        assert self.caller.client.take_actions() == []


TestGarbage = Garbage.TestCase
TestGarbage.settings = settings(max_examples=150, stateful_step_count=40)
