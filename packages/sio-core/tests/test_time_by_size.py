"""Whatever reads what a peer sent takes time in proportion to its size, whatever that is.

A table of functions and of inputs that are made to be slow for them. Another parser
gets lines of its own here; functions of the other packages are in the root's
`tests/test_time_by_size.py`.
"""

import functools
import json
import re
from collections.abc import Callable
from contextlib import suppress
from time import thread_time
from typing import Any

import cbor2
import pytest

from sio_core import Request, engineio
from sio_core.codecs.cbor_items import check
from sio_core.codecs.fast_json import FastJSON
from sio_core.codecs.json import JSON, ModuleJSON, StdlibJSON, count_brackets
from sio_core.codecs.msgpack_reader import unpackb_in_slices
from sio_core.codecs.sliced_cbor import read_in_slices
from sio_core.engineio import jsonp, older
from sio_core.engineio.client.open_packet import read_open_packet
from sio_core.engineio.older.ascii_json import escape_json
from sio_core.http.compression import compress, negotiate
from sio_core.http.cors import Policy
from sio_core.prepared import decode_payload
from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio import Limits, Server
from sio_core.socketio.parsers.binary import deconstruct
from sio_core.socketio.parsers.cbor_parser import CBORParser
from sio_core.socketio.parsers.custom_packet import Packet
from sio_core.socketio.parsers.json_parser import JSONParser
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.socketio.parsers.packet_class_parser import PacketClassParser
from sio_core.testing import Ids, TooSteep, check_growth
from sio_core.values import parse_query
from sio_core.websocket import BINARY, PING, TEXT, FrameReader, frame_masked

pytestmark = pytest.mark.by_size

LARGEST = 1_000_000
"""Bytes of a message that a server takes (`max_payload`)."""
HEADER = 65_536
"""Bytes of a header or a URL that web servers take."""
Make = Callable[[int], Any]
LIMITS = Limits(containers=LARGEST)
"""So that as many arrays are made as a message can have."""
FEW = Limits(containers=10)
LOOSE = Limits(attachments=100_000, json_depth=500)


def times(piece: Any, before: Any = "", after: Any = "") -> Make:
    """Inputs that repeat `piece` up to their size."""
    empty = piece[:0]
    before, after = before or empty, after or empty
    return lambda size: before + piece * (size // len(piece)) + after


JSON_TEXTS: dict[str, Make] = {
    "quotes after many digits": times('\\"', "[" + "1" * 100 + ',"'),
    "backslashes": times("\\", '["'),
    "quotes": times('"'),
    "closed quotes": times('"",', "[", '""]'),
    "escapes": times("\\u00e9", '["', '"]'),
    "half surrogates": times("\\ud800", '["', '"]'),
    "digits in a string": times("1", '["', '"]'),
    "digits": times("1"),
    "digits of a fraction": times("1", "[1.", "]"),
    "digits of an exponent": times("1", "[1e", "]"),
    "zeros": times("0"),
    "integers that are just short enough": times("1" * 100 + ",", "[", "1]"),
    "digits half of the time": times("1" * 51 + " " * 49, "["),
    "digits and quotes": times("1" * 99 + '"', "["),
    "numbers": times("-1.5e-7,", "[", "1]"),
    "large numbers": times("1e300,", "[", "1]"),
    "tiny numbers": times("9007199254740993e-340,", "[", "1]"),
    "minus signs": times("-"),
    "arrays that open": times("["),
    "arrays in each other": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "objects in each other": lambda size: '{"":' * (size // 5) + "1" + "}" * (size // 5),
    "arrays as deep as allowed": times("[" * 60 + "]" * 60 + ",", "[", "1]"),
    "empty arrays": times("[],", "[", "1]"),
    "empty objects": times("{},", "[", "1]"),
    "one key": times('"a":1,', "{", '"a":1}'),
    "ever new keys": lambda size: "{" + ",".join(f'"{n:08}":1' for n in range(size // 13)) + "}",
    "blanks": times(" "),
    "blanks before": times(" ", "", "1" * 100),
    "blanks between": times("1 ", "["),
    "literals": times("null,", "[", "null]"),
    "NaN": times("NaN,", "[", "1]"),
    "commas": times(","),
    "text beyond ASCII": times("\U0001f600", '["', '"]'),
}

MESSAGES: dict[str, Make] = {
    "digits of an id": times("1", "2"),
    "digits of an id and data": times("1", "2", '["a"]'),
    "digits of the attachments": times("1", "5"),
    "a namespace without an end": times("a", "2/"),
    "slashes": times("/", "2"),
    "commas": times(",", "2/a"),
    "hyphens": times("-", "51"),
    "strings": times('"a",', '2["a",', '"a"]'),
    "placeholders": times('{"_placeholder":true,"num":0},', '51-["a",', "1]"),
    "a connect request": times('"a":[],', "0/a,{", '"b":1}'),
}


def _attached(size: int) -> list[str | bytes]:
    count = size // 40
    holders = ",".join('{"_placeholder":true,"num":' + f"{n}}}" for n in range(count))
    return [f'5{count}-["a",{holders}]', *[b"x"] * count]


PAYLOADS: dict[str, Make] = {
    "separators": times(b"\x1e"),
    "messages": times(b'42["a"]\x1e'),
    "base64": times(b"AAAA", b"b"),
    "base64 with a blank": times(b"AAA ", b"b"),
    "paddings": times(b"=", b"b"),
    "half characters": times(b"\xe2\x82", b"4"),
}

ESCAPED: dict[str, Make] = {
    "text": times("é", '42["'),
    "quotes": times('\\"é', '42["'),
    "namespaces": times("/é,", "42"),
    "digits": times("1", "42", "é"),
}

OLDER_PAYLOADS: dict[str, Make] = {
    "empty packets": times(b"0:"),
    "messages": times(b"2:4a"),
    "messages beyond ASCII": times("2:4é".encode()),
    "messages of two units": times("3:4😀".encode()),
    "one message of two units": lambda size: f"{size // 2 + 1}:4{'😀' * (size // 4)}".encode(),
    "a short message before many": times("😀".encode(), b"1:2"),
    "digits": times(b"1"),
    "digits before two units": times(b"1", b"", "😀".encode()),
    "colons": times(b":"),
    "base64": lambda size: b"%d:b4" % (size // 4 * 4 + 2) + b"AAAA" * (size // 4),
    "binary messages": times(b"\x01\x02\xff\x04a"),
    "binary messages of text": times(b"\x00\x02\xff4a"),
    "digits of a binary length": times(b"\x01"),
    "half characters": times(b"\xe2\x82", b"\x00\x09\x09\x09\x09\x09\x09\xff"),
}

FORMS: dict[str, Make] = {
    "escaped line breaks": times(b"%5Cn", b"d="),
    "backslashes": times(b"\\", b"d="),
    "backslashes and n": times(b"\\\\n", b"d="),
    "fields": times(b"&"),
    "percent signs": times(b"%", b"d="),
    "plus signs": times(b"+", b"d="),
    "no data": times(b"a"),
}

QUERIES: dict[str, Make] = {
    "ampersands": times("&"),
    "fields": times("a=1&"),
    "escaped fields": times("%61=1&"),
    "percent signs": times("%"),
    "escapes of half characters": times("%e2%82", "sid="),
    "equal signs": times("=", "a"),
    "plus signs": times("+", "a="),
    "semicolons": times(";", "a=%31"),
}

ORIGINS: dict[str, Make] = {
    "slashes": times("/"),
    "slashes after a scheme": times("/", "http://"),
    "letters": times("a", "http://"),
    "ports": times(":80", "http://a"),
    "one that no page has": times("\x01"),
}

ACCEPTED: dict[str, Make] = {
    "commas": times(","),
    "codings": times("gzip;q=0.5,"),
    "semicolons": times(";", "gzip"),
    "weights": times(";q=1", "gzip"),
    "digits": times("1", "gzip;q=0."),
    "ever new codings": lambda size: ",".join(f"a{n}" for n in range(size // 7)),
    "blanks": times(" ", "", "gzip"),
}


def frames(*kinds: tuple[int, bytes]) -> Make:
    """One read of frames in turn, masked."""
    made = b"".join(frame_masked(first, payload, b"\1\2\3\4") for first, payload in kinds)
    return lambda size: [made * (size // len(made))]


def bytewise(made: Callable[[int], bytes]) -> Make:
    """A byte a read, of a part of the size."""
    return lambda size: [bytes((byte,)) for byte in made(size // 16)]


FRAMES: dict[str, Make] = {
    "small texts": frames((TEXT, b"a")),
    "empty texts": frames((TEXT, b"")),
    "pings": frames((PING, b"a" * 125)),
    "binary messages": frames((BINARY, b"a" * 200)),
    "fragments": lambda size: [
        frame_masked(1, b"a", b"\1\2\3\4"),
        frame_masked(0, b"a", b"\1\2\3\4") * (size // 7),
    ],
    "fragments without content": lambda size: [
        frame_masked(1, b"", b"\1\2\3\4"),
        frame_masked(0, b"", b"\1\2\3\4") * (size // 6),
    ],
    "fragments that cut characters": lambda size: [
        frame_masked(1, b"\xe2", b"\1\2\3\4"),
        frame_masked(0, b"\x82\xac\xe2", b"\1\2\3\4") * (size // 9),
    ],
    "one large text": lambda size: [frame_masked(TEXT, b"a" * (size - 14), b"\1\2\3\4")],
    "one large text that is not UTF-8": lambda size: [
        frame_masked(TEXT, b"a" * (size - 15) + b"\xff", b"\1\2\3\4")
    ],
    "a byte a read": bytewise(lambda size: frame_masked(TEXT, b"a" * size, b"\1\2\3\4")),
    "fragments, a byte a read": bytewise(
        lambda size: frame_masked(1, b"", b"\1\2\3\4") + frame_masked(0, b"a", b"\0\0\0\0") * size
    ),
}

PACKED: dict[str, Make] = {
    "arrays in each other": times(b"\x91"),
    "empty arrays": lambda size: b"\xdd" + size.to_bytes(4, "big") + b"\x90" * size,
    "empty maps": lambda size: b"\xdd" + size.to_bytes(4, "big") + b"\x80" * size,
    "one key": lambda size: b"\xdf" + (size // 2).to_bytes(4, "big") + b"\xa0\x01" * (size // 2),
    "extensions": lambda size: (
        b"\xdd" + (size // 3).to_bytes(4, "big") + b"\xd4\x05\x00" * (size // 3)
    ),
    "arrays that are cut short": times(b"\x9f"),
    "one text": lambda size: b"\xdb" + size.to_bytes(4, "big") + b"a" * size,
    "one array of bytes": lambda size: b"\xc6" + size.to_bytes(4, "big") + b"a" * size,
    "dates": lambda size: (
        b"\xdd" + (size // 10).to_bytes(4, "big") + b"\xd7\x00\0\0\0\0\0\0\0\0" * (size // 10)
    ),
}

CBOR: dict[str, Make] = {
    "arrays in each other": times(b"\x81"),
    "empty arrays": lambda size: b"\x9a" + size.to_bytes(4, "big") + b"\x80" * size,
    "one key": lambda size: b"\xba" + (size // 2).to_bytes(4, "big") + b"\x60\x01" * (size // 2),
    "undefined": lambda size: b"\x9a" + size.to_bytes(4, "big") + b"\xf7" * size,
    "tags": times(b"\xc1"),
    "dates": lambda size: b"\x9a" + (size // 2).to_bytes(4, "big") + b"\xc1\x00" * (size // 2),
    "big numbers": lambda size: (
        b"\x9a" + (size // 42).to_bytes(4, "big") + (b"\xc2\x58\x28" + b"\xff" * 40) * (size // 43)
    ),
    "one text": lambda size: b"\x7a" + size.to_bytes(4, "big") + b"a" * size,
}


def as_packet(make: Make, head: bytes) -> Make:
    """The same as the data of an event; `head` is the map around it."""
    return lambda size: head + make(size)


# {"type": 2, "nsp": "/", "data": ["a", ...]}
PACKED_HEAD = b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92\xa1a"
CBOR_HEAD = b"\xa3\x64type\x02\x63nsp\x61/\x64data\x82\x61a"


def read_frames(reads: list[bytes]) -> None:
    reader = FrameReader(LARGEST)
    for data in reads:
        reader.feed(data)


def decode(decoder: Any, frames: Any) -> Any:
    packet = None
    for frame in frames if isinstance(frames, list) else [frames]:
        packet = decoder.add(frame)
    return packet


def answer(codec: JSON, text: str) -> None:
    """Read a text and write what it says, as a handler that returns its argument does."""
    codec.dumps(codec.loads(text, LIMITS))


def read_json_in_slices(codec: StdlibJSON | FastJSON, text: str) -> None:
    """`loads` of a long text, which may be refused."""
    with suppress(DecodeError):
        finish(codec.loads_in_slices(text, LIMITS))


def count(text: str) -> None:
    with suppress(DecodeError):
        count_brackets(text, FEW)


def serve(messages: list[str]) -> None:
    """A client of a server sends messages, a POST each time."""
    engine = engineio.Server(new_sid=Ids("e"))
    server = Server(engine, new_id=Ids("s"))
    opening = engine.exchange(Request("GET", "EIO=4&transport=polling"))
    server.process(opening.start(0.0), 0.0)
    assert opening.session is not None
    for message in messages:
        post = engine.exchange(
            Request("POST", f"EIO=4&transport=polling&sid={opening.session.sid}")
        )
        server.process(post.start(0.0), 0.0)
        if opening.session.post is post:
            for event in server.process(post.receive_body(message.encode(), 0.0), 0.0):
                if type(event).__name__ == "ConnectRequested":
                    server.accept(event.socket)  # type: ignore[union-attr]


def posted(message: str) -> Make:
    """Two bodies of packets: the connect request, and one packet again and again."""
    return lambda count: ["40", "\x1e".join([message] * count)]


# Name, function, inputs, and how large they may be.
CODECS: dict[str, JSON] = {
    "StdlibJSON": StdlibJSON(),
    "ModuleJSON": ModuleJSON(json),
    "FastJSON": FastJSON(),
}
TABLE: list[tuple[str, Callable[[Any], object], dict[str, Make], int]] = [
    *(
        (name, functools.partial(answer, codec), JSON_TEXTS, LARGEST)
        for name, codec in CODECS.items()
    ),
    ("brackets that are counted", count, JSON_TEXTS, LARGEST),
    (
        "JSON packets",
        lambda text: decode(JSONParser(limits=LIMITS).decoder(), text),
        MESSAGES,
        LARGEST,
    ),
    (
        "attachments",
        lambda frames: deconstruct(decode(JSONParser(limits=LOOSE).decoder(), frames).data, 64),
        {"many": _attached},
        LARGEST,
    ),
    (
        "packet class",
        lambda text: decode(PacketClassParser(Packet).decoder(), text),
        MESSAGES,
        LARGEST // 4,
    ),
    ("payload", lambda body: decode_payload(body, 10_000), PAYLOADS, LARGEST),
    ("payload without a limit", lambda body: decode_payload(body, LARGEST), PAYLOADS, LARGEST),
    ("JSON in ASCII", escape_json, ESCAPED, LARGEST),
    (
        "older payload encoded twice",
        lambda body: older.decode_payload_of_before_2015(body, 10_000),
        {"text": lambda size: f"{size // 4 + 1}:4{'Ã©' * (size // 4)}".encode()},
        LARGEST,
    ),
    ("older payload", lambda body: older.decode_payload(body, 10_000), OLDER_PAYLOADS, LARGEST),
    (
        "older payload without a limit",
        lambda body: older.decode_payload(body, LARGEST),
        OLDER_PAYLOADS,
        LARGEST,
    ),
    ("JSONP", jsonp.decode_body, FORMS, LARGEST // 4),
    ("query", parse_query, QUERIES, HEADER),
    ("open packet", read_open_packet, {"text": times("["), "keys": times('"a":1,', "{")}, LARGEST),
    (
        "origin",
        lambda text: Policy().decide(text, Request("GET", scheme="http", host=text)),
        ORIGINS,
        HEADER,
    ),
    (
        "headers that are asked for",
        lambda text: Policy("*").headers("a", "OPTIONS", text),
        ACCEPTED,
        HEADER,
    ),
    ("accepted codings", negotiate, ACCEPTED, HEADER),
    ("compression", lambda data: compress(data, "gzip"), {"one byte": times(b"a")}, LARGEST),
    ("WebSocket frames", read_frames, FRAMES, LARGEST),
    (
        "msgpack with few arrays allowed",
        lambda data: decode(MsgpackParser(FEW).decoder(), data),
        {name: as_packet(make, PACKED_HEAD) for name, make in PACKED.items()},
        LARGEST // 4,
    ),
    (
        "msgpack",
        lambda data: decode(MsgpackParser(LIMITS).decoder(), data),
        {name: as_packet(make, PACKED_HEAD) for name, make in PACKED.items()},
        LARGEST // 4,
    ),
    (
        "cbor",
        lambda data: decode(CBORParser(LIMITS).decoder(), data),
        {name: as_packet(make, CBOR_HEAD) for name, make in CBOR.items()},
        LARGEST // 4,
    ),
    (
        "msgpack in slices",
        lambda data: finish(MsgpackParser(LIMITS).decoder().add_in_slices(data)),
        {name: as_packet(make, PACKED_HEAD) for name, make in PACKED.items()},
        LARGEST // 4,
    ),
    (
        "msgpack in slices without msgspec",
        lambda data: finish(unpackb_in_slices(data, LIMITS.json_depth, LARGEST)),
        {name: as_packet(make, PACKED_HEAD) for name, make in PACKED.items()},
        LARGEST // 4,
    ),
    # The decoder does so with frames of more than 64 KiB.
    (
        "cbor in slices",
        lambda data: finish(read_in_slices(data, LIMITS, cbor2.loads)),
        {name: as_packet(make, CBOR_HEAD) for name, make in CBOR.items()},
        LARGEST // 4,
    ),
    (
        "cbor of an older library",
        lambda data: cbor2.loads(check(data, LIMITS)),
        {name: as_packet(make, CBOR_HEAD) for name, make in CBOR.items()},
        LARGEST // 4,
    ),
    (
        "server",
        serve,
        {
            "events": posted('42["a"]'),
            "pongs": posted("3"),
            "namespaces that nobody has": posted("40/a"),
            "acknowledgements that nobody waits for": posted("431[]"),
            "leaving and coming back": lambda count: [
                "40",
                "\x1e".join(["41", "40"] * (count // 2)),
            ],
        },
        8_000,
    ),
]


@pytest.mark.parametrize(
    ("function", "make", "largest"),
    [
        pytest.param(function, make, largest, id=f"{name}-{title}")
        for name, function, makers, largest in TABLE
        for title, make in makers.items()
    ],
)
def test_time_by_size(function: Callable[[Any], object], make: Make, largest: int) -> None:
    def attempt(given: Any) -> None:
        with suppress(DecodeError, LocalProtocolError):
            function(given)

    check_growth(attempt, make, largest, clock=thread_time)


@pytest.mark.parametrize(
    "codec", [StdlibJSON(), FastJSON()], ids=lambda codec: type(codec).__name__
)
@pytest.mark.parametrize("make", JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_time_by_size_in_slices(codec: JSON, make: Make) -> None:
    def attempt(given: Any) -> None:
        with suppress(DecodeError):
            read_json_in_slices(codec, given)

    # Drivers read only long texts in slices. What nests in a short one, C may decode at once.
    check_growth(attempt, make, LARGEST, clock=thread_time, smallest=LARGEST >> 4)


def test_a_quadratic_function_is_found() -> None:
    # What looked for long integers once: it began anew at each quote of a string without an end.
    def quadratic(text: str) -> list[str]:
        return re.findall(r'"(?:[^"\\]++|\\.)*+"', text)

    with pytest.raises(TooSteep, match=r"from size \d+ to \d+ the time grows"):
        check_growth(quadratic, JSON_TEXTS["quotes after many digits"], HEADER, clock=thread_time)
