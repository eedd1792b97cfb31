"""Random bytes, close to valid ones, for every decoder and every input from the network.

    python fuzz.py --seconds 10 --seed 1
    python fuzz.py --atheris --target websocket -max_total_time=60

A decoder may raise `DecodeError`; an input may raise nothing at all. Only the
standard library is needed; with `--atheris` that fuzzer does the choosing, and
what follows is passed on to it.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from sio_core import Frame, Request, engineio
from sio_core.codecs.choose_json import default_json
from sio_core.codecs.json import ModuleJSON, StdlibJSON
from sio_core.codecs.msgpack_reader import unpackb
from sio_core.engineio import jsonp, older
from sio_core.engineio.steps import UpgradeToWebSocket
from sio_core.prepared import decode_payload
from sio_core.protocol_errors import DecodeError
from sio_core.socketio import JSONParser, Limits, Parser
from sio_core.socketio.parsers.cbor_parser import CBORParser
from sio_core.socketio.parsers.msgpack_parser import MsgpackParser
from sio_core.testing import ClientModel, Net
from sio_core.values import parse_query

Target = Callable[[bytes], object]

BREAK = b"\n--\n"
"""Between the frames of one input; a frame that begins with `!` is binary."""

MAX_SIZE = 4096
MAX_POOL = 200


def frames_of(data: bytes) -> list[Frame]:
    """Return the frames that an input stands for."""
    return [
        part[1:] if part[:1] == b"!" else part.decode("utf-8", "replace")
        for part in data.split(BREAK)
    ]


def decode_all(parser: Parser, data: bytes) -> None:
    decoder = parser.decoder()
    for frame in frames_of(data):
        try:
            decoder.add(frame)
        except DecodeError:
            return


def may_refuse(decode: Callable[[bytes], object]) -> Target:
    """Return a target where `DecodeError` is an answer like any other."""

    def target(data: bytes) -> object:
        try:
            return decode(data)
        except DecodeError:
            return None

    return target


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def new_net(parser: Parser | None = None) -> Net:
    config = engineio.Config(max_payload=2000, jsonp=True, allow_eio3=True)
    net = Net(engine_config=config, parser=parser)
    net.on_event = net.accept_all
    return net


def ended(net: Net) -> None:
    """Let everybody time out; nothing may stay behind."""
    net.advance(1000.0)
    assert not net.engine.sessions
    assert not net.server.rooms.everyone
    assert net.server.next_deadline() is None


def websocket(parser: Parser | None, hello: Frame, data: bytes, eio: str = "4") -> None:
    net = new_net(parser)
    request = Request("GET", f"EIO={eio}&transport=websocket", websocket=True)
    pipe = net.open_pipe(request, lambda frames: None, lambda: None)
    assert pipe is not None
    net.receive(pipe, hello)
    net.server.emit_with_ack("ask", [b"x"], "token")
    for frame in frames_of(data):
        net.receive(pipe, frame)
    ended(net)


def candidate(data: bytes) -> None:
    net = new_net()
    client = net.add_client(ClientModel(("polling",)))
    client.connect()
    net.run()
    query = f"EIO=4&transport=websocket&sid={client.engine.sid}"
    exchange = net.engine.exchange(Request("GET", query, websocket=True))
    exchange.start(0.0)
    assert isinstance(exchange.step, UpgradeToWebSocket)
    link = exchange.step.link
    link.opened(0.0)
    for frame in frames_of(data):
        net.server.process(link.receive(frame, 0.0), 0.0)
        link.take_frames()
    net.server.process(link.lost(0.0), 0.0)
    ended(net)


def post(data: bytes) -> None:
    net = new_net()
    client = net.add_client(ClientModel(("polling",)))
    client.connect()
    net.run()
    for extra in ("", "&j=1"):
        query = f"EIO=4&transport=polling&sid={client.engine.sid}{extra}"
        answers: list[object] = []
        net.request(Request("POST", query), data, answers.append)
        assert len(answers) == 1
    ended(net)


def older_post(data: bytes) -> None:
    """A body of a client of Engine.IO 3, and the same over JSONP."""
    for extra in ("", "&j=1", "&b64=1"):
        net = new_net()
        query = f"EIO=3&transport=polling{extra}"
        opening = net.engine.exchange(Request("GET", query))
        net.server.process(opening.start(0.0), 0.0)
        assert opening.session is not None
        answers: list[object] = []
        net.request(Request("POST", f"{query}&sid={opening.session.sid}"), data, answers.append)
        assert len(answers) == 1
        net.server.emit("news", ["é", b"x"])
        ended(net)


def request(data: bytes) -> None:
    """One line of method and query, then headers."""
    first, *rest = text_of(data).split("\n")
    method, _, query = first.partition(" ")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in rest))
    for is_websocket in (False, True):
        net = new_net()
        exchange = net.engine.exchange(Request(method, query, headers, websocket=is_websocket))
        net.server.process(exchange.start(0.0), 0.0)
        ended(net)


def _cbor() -> Parser | None:
    try:
        return CBORParser()
    except ImportError:  # cbor2 is not installed
        return None


HOLE = b'{"_placeholder":true,"num":0}'
MSGPACK_CONNECT = b"\x82\xa4type\x00\xa3nsp\xa1/"
TEXTS = [
    b"0",
    b'0/admin,{"token":"1"}',
    b"1/admin,",
    b'2["message",1,-2.5e3,true,null,{"a":["\xc3\xa9\\ud83d\\ude00"]}]',
    b'2/admin,12["a"]',
    b'30["ok"]',
    b'4{"message":"no"}',
    b'51-["a",' + HOLE + b"]" + BREAK + b"!\x01\x02",
    b"62-/admin,7["
    + HOLE
    + b',{"b":'
    + HOLE.replace(b"0", b"1")
    + b"}]"
    + BREAK
    + b"!x"
    + BREAK
    + b"!y",
]
PACKED = [
    MSGPACK_CONNECT,
    b"\x84\xa4type\x02\xa3nsp\xa1/\xa4data\x93\xa1a\xc4\x02xy\x81\xa1k\xcb?\xf0\0\0\0\0\0\0\xa2id\xcd\x01\0",
    b"\x83\xa4type\x03\xa3nsp\xa2/a\xa4data\x92\xd4\0\0\xd7\0\0\0\0\0\0\0\0\x01",
    b"\x84\xa4type\x00\xa3nsp\xa1/\xa4data\x81\xa1t\xc0\xa7options\x81\xa8compress\xc3",
]
CBOR = [
    b"\xa2dtype\x00cnspa/",
    b"\xa4dtype\x02cnspa/ddata\x83aaBxy\xa1ak\xf9<\x00bid\x19\x01\x00",
]
ENGINE_TEXTS = [b"4" + text for text in TEXTS] + [b"3", b"1", b"6", b"5", b"0{}", b"3probe"]


OLDER_BODIES = [
    b"2:402:4a1:2",
    "5:42[1]3:4😀".encode(),
    b"10:b4AQIDBA==",
    b"\x00\x06\xff4hello\x01\x05\xff\x04\x01\x02\x03\x04",
    b"d=2:40",
]


def as_binary(samples: Sequence[bytes]) -> list[bytes]:
    return [b"!" + sample for sample in samples]


def _targets() -> dict[str, tuple[Target, list[bytes]]]:
    json_parser, packed, cbor = JSONParser(), MsgpackParser(), _cbor()
    standard, module, limits = StdlibJSON(), ModuleJSON(__import__("json")), Limits()
    default = default_json()
    bodies = [sample.replace(BREAK + b"!", b"\x1eb") for sample in ENGINE_TEXTS]
    json_texts = [sample.lstrip(b"0123456") for sample in TEXTS[3:4]] + [b"[[[]]]", b"1" * 99]
    targets: dict[str, tuple[Target, list[bytes]]] = {
        "json": (may_refuse(lambda data: standard.loads(text_of(data), limits)), json_texts),
        "json-default": (may_refuse(lambda data: default.loads(text_of(data), limits)), json_texts),
        "json-module": (may_refuse(lambda data: module.loads(text_of(data), limits)), json_texts),
        "msgpack": (may_refuse(lambda data: unpackb(data, 65)), PACKED),
        "json-parser": (lambda data: decode_all(json_parser, data), TEXTS),
        "msgpack-parser": (lambda data: decode_all(packed, data), as_binary(PACKED)),
        "payload": (may_refuse(lambda data: decode_payload(data, 100)), bodies),
        "older-payload": (may_refuse(lambda data: older.decode_payload(data, 100)), OLDER_BODIES),
        "jsonp": (may_refuse(jsonp.decode_body), [b"d=4%5C%5Cn%5Cn2", b"d=40"]),
        "query": (lambda data: parse_query(text_of(data)), [b"EIO=4&transport=polling&sid=x&t=1"]),
        "request": (
            request,
            [
                b"GET EIO=4&transport=polling&j=0\naccept-encoding: gzip;q=1, deflate",
                b"GET EIO=4&transport=websocket\norigin: http://localhost\nhost: localhost",
                b"OPTIONS EIO=4&transport=polling\naccess-control-request-headers: x",
            ],
        ),
        "post": (post, [*bodies, b"d=40", b"4x\x1e4y\x1eb/w=="]),
        "websocket": (lambda data: websocket(None, "40", data), ENGINE_TEXTS),
        "older-post": (older_post, OLDER_BODIES),
        "older-websocket": (
            lambda data: websocket(None, "41", data, "3"),
            [*ENGINE_TEXTS, b"b4AQI=", b"!\x04\x01", b"2", b"40/admin?a=b,"],
        ),
        "websocket-msgpack": (
            lambda data: websocket(packed, MSGPACK_CONNECT, data),
            as_binary(PACKED),
        ),
        "candidate": (candidate, [b"2probe" + BREAK + b"5" + BREAK + b"42[1]", b"5", b"2probe"]),
    }
    if cbor is not None:
        parser = cbor
        targets["cbor-parser"] = (lambda data: decode_all(parser, data), as_binary(CBOR))
        targets["websocket-cbor"] = (
            lambda data: websocket(parser, CBOR[0], data),
            as_binary(CBOR),
        )
    return targets


TARGETS = _targets()

TOKENS = [
    *(bytes((byte,)) for byte in b'0123456789[]{}",:/-b!\x1e\\\0\x80\xff'),
    *(b"_placeholder", HOLE, BREAK, BREAK + b"!", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\\ud800"),
    *(b"9" * 30, b"[" * 70, b"NaN", b"-Infinity", b"1e999", b"null", b"true", b"connect"),
    *(
        b"\xdb\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc9\x7f\xff\xff\xff\0",
        b"\x5f",
        b"\xc1",
    ),
]


def mutate(random: Random, data: bytes, corpus: Sequence[bytes]) -> bytes:
    """Return `data` with a few random changes."""
    made = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(made))
        end = min(len(made), at + random.randint(1, 8))
        kind = random.randrange(6)
        if kind == 0:
            made[at:at] = random.choice(TOKENS)
        elif kind == 1:
            del made[at:end]
        elif kind == 2:
            made[at:end] = random.randbytes(end - at)
        elif kind == 3:
            made[at:at] = made[at:end] * random.randint(1, 5)
        elif kind == 4:
            made[at:] = random.choice(corpus)[at:]
        elif made:
            made[at % len(made)] ^= 1 << random.randrange(8)
    return bytes(made[:MAX_SIZE])


def fuzz(
    seed: int,
    *,
    runs: int | None = None,
    seconds: float = 0.0,
    names: Sequence[str] = tuple(TARGETS),
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Feed every target in turn, `runs` times or for `seconds`. Returns how often it was done.

    What raises is raised again with a note that says how to repeat it.
    """
    random = Random(seed)
    pools = {name: list(TARGETS[name][1]) for name in names}
    end = clock() + seconds
    done = 0
    while done < runs if runs is not None else clock() < end:
        name = names[done % len(names)]
        pool = pools[name]
        data = random.choice(pool)
        if done >= len(names):
            data = mutate(random, data, pool)
        try:
            TARGETS[name][0](data)
        except BaseException as error:
            error.add_note(f"target {name}, seed {seed}, run {done}, input {data!r}")
            raise
        # A changed input is now and then the start of further changes.
        if random.random() < 0.02:
            pool.append(data)
            if len(pool) > MAX_POOL:
                del pool[random.randrange(MAX_POOL)]
        done += 1
    return done


def _with_atheris(names: Sequence[str], rest: Sequence[str]) -> None:
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")

    def one(data: bytes) -> None:
        for name in names:
            TARGETS[name][0](data)

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *rest], one)
    atheris.Fuzz()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Feed random input to every decoder.")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", action="append", choices=sorted(TARGETS))
    parser.add_argument("--atheris", action="store_true", help="let atheris choose the input")
    options, rest = parser.parse_known_args()
    names = options.target or list(TARGETS)
    if options.atheris:
        _with_atheris(names, rest)
    elif rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    else:
        print(f"{fuzz(options.seed, seconds=options.seconds, names=names)} inputs, nothing raised")


if __name__ == "__main__":
    main()
