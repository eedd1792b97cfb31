"""Functions of the application that encode, or make cookies, and look at the server meanwhile.

And what takes long while a body is made: nobody else waits for it.
"""

import asyncio
import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from sio_core import Request
from sio_core.engineio import poll_response
from sio_core.exceptions import ConnectionRefusedError
from sio_server.packet import Packet
from tests.support import colours
from tests.support.colours import Colour


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


class Curious:
    """What an application may do while it encodes: ask the server who is there."""

    def __init__(self) -> None:
        self.sio: Any = None
        self.asked = 0

    def look(self) -> int:
        self.asked += 1
        return len(list(self.sio.manager.get_participants("/", None)))

    def dumps(self, value: Any, **options: Any) -> str:
        self.look()
        return json.dumps(value, default=lambda other: self.look(), **options)

    def loads(self, text: str, **options: Any) -> Any:
        self.look()
        return json.loads(text, **options)


def talk(colour: Colour, sio: Any) -> None:
    """Have the server send everything that carries data of the application."""
    answers: list[Any] = []
    sio.on("echo", lambda sid, data: data)

    def refuse(sid: str, environ: Any) -> None:
        raise ConnectionRefusedError("no", {"why": 1})

    sio.on("connect", refuse, namespace="/unwanted")
    client = colours.Client(colour, sio)
    sid = client.connect()
    assert client.ask("echo", {"a": 1}) == [{"a": 1}]
    colour.result(sio.emit("plain", {"b": 2}, to=sid))
    colour.result(sio.emit("asked", {"c": 3}, callback=answers.append))
    assert client.packet() == '2["plain",{"b":2}]'
    assert client.packet() == '21["asked",{"c":3}]'
    client.send("31[4]")
    colours.until(colour, lambda: answers == [4])
    with pytest.raises(colours.Refused, match='"no"'):
        client.connect("/unwanted")
    with pytest.raises(colours.Refused, match="Invalid namespace"):
        client.connect("/unknown")
    colour.result(sio.disconnect(sid))
    assert client.packet() == "1"


def test_json(colour: Colour) -> None:
    curious = Curious()
    curious.sio = colour.server(json=curious)
    talk(colour, curious.sio)
    assert curious.asked >= 5


def test_a_packet_class(colour: Colour) -> None:
    curious = Curious()

    class Looking(Packet):
        def encode(self) -> Any:
            curious.look()
            return super().encode()

        def decode(self, encoded_packet: str) -> int:
            curious.look()
            return super().decode(encoded_packet)

    curious.sio = colour.server(serializer=Looking)
    talk(colour, curious.sio)
    assert curious.asked >= 5


def test_a_function_of_a_cookie(colour: Colour) -> None:
    curious = Curious()
    cookie = {"name": "io", "Version": lambda: str(curious.look())}
    curious.sio = sio = colour.server(cookie=cookie)
    query = "EIO=4&transport=polling"
    response = colour.http(sio, Request("GET", query, host="testserver"), b"")
    assert "Version=0" in dict(response.headers)["set-cookie"]
    client = colours.Client(colour, sio)
    client.connect()
    assert curious.asked == 2, "once a handshake"


def test_nobody_waits_while_a_large_body_is_compressed(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    sio = colour.server()
    client = colours.Client(colour, sio)
    sid = client.connect()
    others = threading.Event()

    def compress(body: bytes, encoding: str) -> bytes:
        assert others.wait(colours.HANG), "another client waits for this one"
        return gzip.compress(body)

    monkeypatch.setattr(poll_response, "compress", compress)
    colour.result(sio.emit("large", "x" * 200_000, to=sid))
    request = Request(
        "GET",
        f"EIO=4&transport=polling&sid={client.eio_sid}",
        (("accept-encoding", "gzip"),),
        host="testserver",
    )
    if isinstance(colour, colours.Asyncio):

        async def both() -> Any:
            poll = asyncio.create_task(sio.driver.http(request, colours.AsyncHTTP()))
            await asyncio.sleep(0)
            await sio.emit("other", to=sid)
            others.set()
            return await poll

        response = colour.run(both())
    else:
        answers: list[Any] = []

        def fetch() -> None:
            answer = sio.driver.http(request, colours.BlockingHTTP())
            assert answer.body, "it is made here"
            answers.append(answer)

        poll = threading.Thread(target=fetch)
        poll.start()
        sio.emit("other", to=sid)
        others.set()
        poll.join(colours.HANG)
        (response,) = answers
    assert zlib.decompress(response.body, 31).startswith(b'42["large","xxx')
