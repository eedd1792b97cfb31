"""`websocket/reader.py` against wsproto, and rule by rule against RFC 6455.

Where the reader means to differ from wsproto:

* Close code 1014 (IANA registry) is a valid one; wsproto does not know it and fails with 1002.
* Two bytes of a header show a breach; wsproto may want the rest of the header, or one byte of
  the payload, before it says the same. Text that is not UTF-8 is found when its frame is
  complete; wsproto looks at every part of a frame. More bytes bring both to the same end.
* A message over `max_size` fails with 1009; wsproto has no limit.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, TextMessage
from wsproto.events import Ping as PeerPing
from wsproto.events import Pong as PeerPong

from sio_core.websocket import (
    Close,
    Failed,
    FrameReader,
    Ping,
    Pong,
    Received,
    frame_binary,
    frame_text,
)

TRIES = settings(
    max_examples=5000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 100,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
NO_LIMIT = 1 << 63
FIN, CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x80, 0, 1, 2, 8, 9, 10
KEY = b"\xa1\x02\x7f\xff"


def xor(payload: bytes, key: bytes) -> bytes:
    return bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def frame(first: int, payload: bytes = b"", key: bytes | None = KEY) -> bytes:
    """One frame, masked unless `key` is None."""
    bit, size = (0 if key is None else 0x80), len(payload)
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 1 << 16:
        head = bytes((first, bit | 126)) + size.to_bytes(2)
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8)
    return head + (payload if key is None else key + xor(payload, key))


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(FIN | CLOSE, code.to_bytes(2) + reason)


def read(*chunks: bytes, max_size: int = NO_LIMIT, masked: bool = True) -> list[Received]:
    reader = FrameReader(max_size, masked=masked)
    return [item for chunk in chunks for item in reader.feed(chunk)]


class Reference:
    """wsproto with the interface of `FrameReader`."""

    def __init__(self, masked: bool) -> None:
        kind = ConnectionType.SERVER if masked else ConnectionType.CLIENT
        self.connection = Connection(kind)
        self.text: list[str] = []
        self.data: list[bytes] = []

    def feed(self, data: bytes) -> list[Received]:
        self.connection.receive_data(data)
        return [item for event in self.connection.events() for item in self.translate(event)]

    def translate(self, event: object) -> Iterable[Received]:
        if isinstance(event, TextMessage):
            self.text.append(event.data)
            if event.message_finished:
                yield "".join(self.text)
                self.text.clear()
        elif isinstance(event, BytesMessage):
            self.data.append(bytes(event.data))
            if event.message_finished:
                yield b"".join(self.data)
                self.data.clear()
        elif isinstance(event, PeerPing):
            yield Ping(event.payload)
        elif isinstance(event, PeerPong):
            yield Pong(event.payload)
        else:
            assert isinstance(event, CloseConnection)
            # A breach leaves the connection open, the peer's close does not.
            breach = self.connection.state.name == "OPEN"
            yield (Failed if breach else Close)(int(event.code), event.reason or "")


def comparable(items: Sequence[Received]) -> list[Received]:
    """The same without reasons of failures, and with the failure that wsproto sees in 1014."""
    return [
        Failed(item.code, "")
        if isinstance(item, Failed)
        else Failed(1002, "")
        if isinstance(item, Close) and item.code == 1014
        else item
        for item in items
    ]


def split(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


@dataclass
class Piece:
    """One frame as it is to be sent, and what it completes."""

    first: int
    payload: bytes
    completes: Received | None = None


cut_list = st.lists(st.integers(0, 1 << 17), max_size=8)
# Around the limits of the length forms, of the two ways to unmask, and just anything.
filler = st.sampled_from(
    [0, 0, 0, 1, 119, 122, 123, 124, 125, 126, 127, 508, 512, 515, 65535, 65536]
)
texts = st.builds(lambda text, size: text + "é" * (size // 2) + "x" * (size % 2), st.text(), filler)
blobs = st.builds(lambda data, size: data + b"\xc3" * size, st.binary(), filler)
controls = st.builds(
    lambda ping, payload: Piece(
        FIN | (PING if ping else PONG), payload, (Ping if ping else Pong)(payload)
    ),
    st.booleans(),
    st.binary(max_size=125),
)
close_codes = st.sampled_from([1000, 1001, 1002, 1003, *range(1007, 1014), 3000, 3999, 4000, 4999])
closes = st.one_of(
    st.just(Piece(FIN | CLOSE, b"", Close(1005, ""))),
    st.builds(
        lambda code, reason: Piece(
            FIN | CLOSE, code.to_bytes(2) + reason.encode(), Close(code, reason)
        ),
        close_codes,
        st.text(max_size=30),
    ),
)


@st.composite
def messages(draw: st.DrawFn) -> list[Piece]:
    """One message in any number of fragments, control frames between them."""
    message = draw(st.one_of(texts, blobs))
    opcode = TEXT if isinstance(message, str) else BINARY
    payload = message.encode() if isinstance(message, str) else message
    parts = split(payload, draw(st.lists(st.integers(0, 1 << 17), max_size=3)))
    pieces: list[Piece] = []
    for index, part in enumerate(parts):
        pieces += draw(st.lists(controls, max_size=2)) if index else []
        last = index == len(parts) - 1
        first = (CONTINUATION if index else opcode) | (FIN if last else 0)
        pieces.append(Piece(first, part, message if last else None))
    return pieces


@st.composite
def streams(draw: st.DrawFn) -> list[Piece]:
    groups = draw(st.lists(st.one_of(messages(), controls.map(lambda piece: [piece])), max_size=5))
    groups += draw(st.lists(closes.map(lambda piece: [piece]), max_size=1))
    return [piece for group in groups for piece in group]


def serialize(pieces: Iterable[Piece], key: bytes | None) -> bytes:
    return b"".join(frame(piece.first, piece.payload, key) for piece in pieces)


def expected_of(pieces: Iterable[Piece]) -> list[Received]:
    return [piece.completes for piece in pieces if piece.completes is not None]


keys = st.one_of(st.binary(min_size=4, max_size=4), st.none())


@TRIES
@given(streams(), keys, cut_list)
def test_any_stream_in_any_chunks(pieces: list[Piece], key: bytes | None, cuts: list[int]) -> None:
    reader = FrameReader(NO_LIMIT, masked=key is not None)
    reference = Reference(key is not None)
    ours, theirs = [], []
    for chunk in split(serialize(pieces, key), cuts):
        new = reader.feed(chunk)
        ours += new
        theirs += reference.feed(chunk)
        assert ours == theirs  # neither is later than the other
    assert ours == expected_of(pieces)


@TRIES
@given(streams(), keys)
def test_byte_by_byte(pieces: list[Piece], key: bytes | None) -> None:
    data = serialize(pieces, key)
    assume(len(data) < 5000)
    reader, reference = FrameReader(NO_LIMIT, masked=key is not None), Reference(key is not None)
    received: list[Received] = []
    for index in range(len(data)):
        new = reader.feed(data[index : index + 1])
        assert new == reference.feed(data[index : index + 1])
        received += new
    assert received == expected_of(pieces)


@dataclass
class Mutation:
    kind: str
    at: int
    value: int

    def apply(self, data: bytes) -> bytes:
        at = self.at % (len(data) + 1)
        if self.kind == "set":
            return data[:at] + bytes((self.value,)) + data[at + 1 :]
        if self.kind == "flip":
            return (
                data[:at] + bytes(byte ^ self.value for byte in data[at : at + 1]) + data[at + 1 :]
            )
        if self.kind == "insert":
            return data[:at] + bytes((self.value,)) + data[at:]
        return data[:at] + data[at + self.value :]


mutations = st.builds(
    Mutation,
    st.sampled_from(["set", "flip", "insert", "delete"]),
    # Headers and short payloads are where mutations matter.
    st.one_of(st.integers(0, 40), st.integers(0, 1 << 17)),
    st.integers(0, 255),
)
# Longer than what any mutated length of 16 bits can ask for; as a header it breaks the rules.
TAIL = b"\xf0" * (1 << 17)


def assert_like_reference(data: bytes, cuts: Iterable[int], masked: bool) -> None:
    reader, reference = FrameReader(NO_LIMIT, masked=masked), Reference(masked)
    ours: list[Received] = []
    theirs: list[Received] = []
    for chunk in split(data, cuts):
        ours += comparable(reader.feed(chunk))
        theirs += comparable(reference.feed(chunk))
    # One may know of a failure before the other, as told at the top.
    assert ours in (theirs, [*theirs, Failed(1002, "")]) or theirs == [*ours, Failed(1007, "")]
    ours += comparable(reader.feed(TAIL))
    if not theirs or not isinstance(theirs[-1], Failed | Close):
        theirs += comparable(reference.feed(TAIL))
    if ours != theirs:
        # Still inside a frame whose length takes 64 bits.
        assert theirs == [*ours, Failed(1007, "")]
        assert reader._need > len(TAIL)


@TRIES
@given(streams(), keys, st.lists(mutations, min_size=1, max_size=4), cut_list)
def test_damaged_streams_fail_like_those_of_wsproto(
    pieces: list[Piece], key: bytes | None, changes: list[Mutation], cuts: list[int]
) -> None:
    data = serialize(pieces, key)
    for change in changes:
        data = change.apply(data)
    assert_like_reference(data, cuts, key is not None)


@TRIES
@given(
    st.lists(
        st.builds(
            lambda first, payload, key: frame(first, payload, key),
            st.one_of(
                st.sampled_from([0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89]),
                st.integers(0, 255),
            ),
            st.one_of(st.text().map(str.encode), st.binary(max_size=130)),
            st.sampled_from([KEY, KEY, KEY, KEY, None]),
        )
    ),
    cut_list,
    st.booleans(),
)
@example([close_frame(1014, b"bad gateway")], [], True)
@example([frame(FIN | TEXT, b"\xff")[:-1] + b"\x00" * 2], [], True)
def test_frames_of_any_kind_in_any_order(
    frames: list[bytes], cuts: list[int], masked: bool
) -> None:
    assert_like_reference(b"".join(frames), cuts, masked)


@TRIES
@given(st.lists(st.binary(max_size=300)), st.integers(0, 200), st.booleans())
def test_noise_never_raises_and_ends_once(chunks: list[bytes], limit: int, masked: bool) -> None:
    items = read(*chunks, max_size=limit, masked=masked)
    assert not any(isinstance(item, Close | Failed) for item in items[:-1])


@TRIES
@given(streams(), st.integers(0, 700), cut_list)
def test_limit_and_memory(pieces: list[Piece], limit: int, cuts: list[int]) -> None:
    expected: list[Received] = []
    size = 0
    for piece in pieces:
        if not piece.first & 0x08:
            size += len(piece.payload)
            if size > limit:
                expected.append(Failed(1009, "message too big"))
                break
            if piece.first & FIN:
                size = 0
        if piece.completes is not None:
            expected.append(piece.completes)
    reader = FrameReader(limit)
    received: list[Received] = []
    for chunk in split(serialize(pieces, KEY), cuts):
        received += reader.feed(chunk)
        # The message, a control frame between its fragments, and one header.
        assert len(reader._message) + len(reader._buffer) <= limit + 131 + 14
    assert received == expected


def test_small_limit_and_short_text() -> None:
    assert read(frame(FIN | TEXT, b"1234"), max_size=4) == ["1234"]
    assert read(frame(FIN | TEXT, b"12345"), max_size=4) == [Failed(1009, "message too big")]
    assert read(frame(FIN | TEXT, b"x" * 125), max_size=125) == ["x" * 125]


TOO_BIG = Failed(1009, "message too big")


@pytest.mark.parametrize(
    "header",
    [
        frame(FIN | TEXT, b"x" * 101)[:2],
        frame(FIN | BINARY, b"x" * 130)[:4],
        b"\x81\xff" + (1 << 40).to_bytes(8),
    ],
)
def test_too_big_as_soon_as_the_length_is_known(header: bytes) -> None:
    # Section 10.4, section 7.4.1
    assert read(*split(header, range(len(header))), max_size=100) == [TOO_BIG]


TOO_MANY = Failed(1008, "too many fragments")


@pytest.mark.parametrize("content", [b"", b"a"])
def test_fragments_are_counted(content: bytes) -> None:
    def reader() -> FrameReader:
        return FrameReader(NO_LIMIT, max_fragments=3)

    begin, more, last = frame(TEXT, content), frame(0, content), frame(FIN, content)
    text = content.decode() * 3
    # Each message by itself, whatever control frames come between.
    assert reader().feed((begin + more + frame(FIN | PING) + last) * 2) == [Ping(b""), text] * 2
    assert reader().feed(begin + more * 2) == []
    assert reader().feed(begin + more * 2 + last) == [TOO_MANY]
    assert reader().feed(begin + more * 3 + last) == [TOO_MANY]
    # Whole messages are none.
    assert reader().feed(frame(FIN | TEXT, content) * 5) == [content.decode()] * 5
    assert reader().feed(frame(FIN | BINARY, content) * 5) == [content] * 5


def test_fragments_of_a_message_by_default() -> None:
    begin, more, last = frame(BINARY), frame(0), frame(FIN)
    assert read(begin + more * 16_382 + last) == [b""]
    assert read(begin + more * 16_383 + last) == [TOO_MANY]


def test_fragments_are_too_big_together() -> None:
    begin = frame(TEXT, b"x" * 60)
    assert read(begin, frame(FIN | CONTINUATION, b"x" * 40), max_size=100) == ["x" * 100]
    assert read(begin, frame(FIN | CONTINUATION, b"x" * 41)[:2], max_size=100) == [TOO_BIG]
    # A control frame is no part of the message.
    ping = frame(FIN | PING, b"y" * 125)
    assert read(begin, ping, max_size=60) == [Ping(b"y" * 125)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        # Section 5.1
        (frame(FIN | TEXT, b"hello", None), "frame is not masked"),
        # Section 5.2
        (frame(FIN | TEXT | 0x40), "reserved bits are set"),
        (frame(FIN | TEXT | 0x20), "reserved bits are set"),
        (frame(FIN | TEXT | 0x10), "reserved bits are set"),
        *((frame(FIN | opcode), "reserved opcode") for opcode in (3, 4, 5, 6, 7)),
        *((frame(FIN | opcode), "reserved opcode") for opcode in (11, 12, 13, 14, 15)),
        (b"\x81\xfe\x00\x7d", "invalid length"),
        (b"\x81\xff" + (0xFFFF).to_bytes(8), "invalid length"),
        (b"\x81\xff" + (1 << 63).to_bytes(8), "invalid length"),
        # Section 5.4
        (frame(CONTINUATION, b"x"), "nothing to continue"),
        (frame(FIN | CONTINUATION, b"x"), "nothing to continue"),
        (frame(TEXT, b"x") + frame(FIN | TEXT, b"y"), "message inside a fragmented one"),
        (frame(BINARY, b"x") + frame(BINARY, b"y"), "message inside a fragmented one"),
        # Section 5.5
        (frame(PING, b"x"), "fragmented control frame"),
        (frame(CLOSE), "fragmented control frame"),
        (frame(FIN | PING, b"x" * 126), "control frame too long"),
        (frame(FIN | PONG, b"x" * 65536), "control frame too long"),
        # Section 5.5.1
        (frame(FIN | CLOSE, b"x"), "invalid close frame"),
    ],
)
def test_breaches_of_the_protocol(data: bytes, reason: str) -> None:
    assert read(data) == [Failed(1002, reason)]
    assert read(*split(data, range(len(data)))) == [Failed(1002, reason)]


def test_masked_frames_of_a_server() -> None:
    # Section 5.1: "A server MUST NOT mask any frames that it sends to the client."
    assert read(frame(FIN | TEXT, b"x"), masked=False) == [Failed(1002, "frame is masked")]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65535])
def test_close_codes_that_nobody_may_send(code: int) -> None:
    # Section 7.4
    assert read(close_frame(code)) == [Failed(1002, "invalid close frame")]


@pytest.mark.parametrize("code", [*range(1000, 1004), *range(1007, 1015), 3000, 4999])
def test_close_codes(code: int) -> None:
    assert read(close_frame(code, b"gr\xc3\xbcezi")) == [Close(code, "grüezi")]


def test_close_without_code() -> None:
    # Section 7.1.5
    assert read(frame(FIN | CLOSE)) == [Close(1005, "")]


NOT_UTF8 = Failed(1007, "not UTF-8")


@pytest.mark.parametrize(
    "frames",
    [
        # Section 8.1
        [frame(FIN | TEXT, b"\xff")],
        [frame(FIN | TEXT, b"\xed\xa0\x80")],  # half of a surrogate pair
        [frame(FIN | TEXT, b"x" * 200 + b"\xc3")],
        [frame(FIN | TEXT, b"\xc3" * 600)],
        [frame(TEXT, b"x\xc3"), frame(FIN | CONTINUATION)],
        [frame(TEXT, b"x\xc3"), frame(CONTINUATION, b"\xa9"), frame(FIN | CONTINUATION, b"\xc3")],
        [frame(TEXT, b"x\xff")],  # no need to wait for the end
        [frame(TEXT, b"x\xe2"), frame(CONTINUATION, b"\x82"), frame(CONTINUATION, b"x")],
        # Section 5.5.1
        [close_frame(1000, b"\xff")],
    ],
)
def test_text_that_is_not_utf8(frames: list[bytes]) -> None:
    assert read(*frames[:-1]) == []
    assert read(*frames) == [NOT_UTF8]
    assert read(frame(FIN | TEXT, b"before") + b"".join(frames)) == ["before", NOT_UTF8]


def test_fragments_may_cut_characters() -> None:
    # Section 5.6
    parts = split("x€😀".encode(), range(1, 8))
    frames = [frame(CONTINUATION if index else TEXT, part) for index, part in enumerate(parts)]
    assert read(*frames, frame(FIN | CONTINUATION)) == ["x€😀"]
    # Another message starts afresh.
    assert read(*frames, frame(FIN | CONTINUATION), frame(FIN | TEXT, b"y")) == ["x€😀", "y"]


def test_control_frames_between_fragments_come_at_once() -> None:
    # Section 5.4
    reader = FrameReader(100)
    assert reader.feed(frame(BINARY, b"a")) == []
    assert reader.feed(frame(FIN | PING, b"1") + frame(FIN | PONG)) == [Ping(b"1"), Pong(b"")]
    assert reader.feed(frame(CONTINUATION, b"\xff")) == []
    assert reader.feed(frame(FIN | CONTINUATION)) == [b"a\xff"]
    assert reader.feed(frame(FIN | TEXT, b"b")) == ["b"]


@pytest.mark.parametrize(
    "end", [frame(FIN | CLOSE), frame(CONTINUATION), frame(FIN | TEXT, b"\xff")]
)
def test_nothing_comes_after_the_end(end: bytes) -> None:
    # Section 5.5.1, section 7.1.7
    reader = FrameReader(100)
    more = frame(FIN | TEXT, b"more")
    assert len(reader.feed(frame(FIN | TEXT, b"x") + end + more)) == 2
    assert reader.feed(more) == []
    assert reader.feed(b"") == []


def test_what_is_missing_of_a_frame() -> None:
    reader = FrameReader(NO_LIMIT)
    data = frame(FIN | BINARY, bytes(1000))
    assert reader.missing == 0
    reader.feed(data[:1])
    assert reader.missing == 1, "the second byte says how long the length is"
    reader.feed(data[1:500])
    assert reader.missing == len(data) - 500
    reader.feed(data[500:])
    assert reader.missing == 0
    reader.feed(frame(FIN | CONTINUATION))
    assert reader.missing == 0, "nothing is read after a breach"


def test_messages_are_plain_str_and_bytes() -> None:
    big = b"x" * 600
    frames = [frame(FIN | opcode, data) for opcode in (TEXT, BINARY) for data in (b"", b"x", big)]
    frames += [frame(BINARY, big), frame(FIN | CONTINUATION, big), frame(FIN | PING, b"x")]
    items = read(b"".join(frames))
    assert [type(item) for item in items] == [str] * 3 + [bytes] * 4 + [Ping]
    assert isinstance(items[-1], Ping)
    assert type(items[-1].payload) is bytes


@pytest.mark.parametrize("size", [100, 1000, 100_000])
def test_byte_by_byte_costs_no_more_than_a_few_looks(size: int) -> None:
    class Counting(FrameReader):
        looks = 0

        def _read(self, data: bytes, position: int, received: list[Received]) -> int:
            Counting.looks += 1
            return super()._read(data, position, received)

    reader = Counting(size)
    data = frame(FIN | BINARY, bytes(size))
    items = [item for index in range(len(data)) for item in reader.feed(data[index : index + 1])]
    assert items == [bytes(size)]
    # A header that is too short, a longer one, the whole frame; each in need of more but the last.
    assert Counting.looks <= 4


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536])
def test_reads_what_websocket_py_writes(size: int) -> None:
    text, data = "é" * (size // 2) + "x" * (size % 2), b"\xff" * size
    assert read(frame_text(text) + frame_binary(data), masked=False) == [text, data]


def test_lone_surrogates_arrive_replaced() -> None:
    assert read(frame_text("\ud800"), masked=False) == ["\ufffd"]
