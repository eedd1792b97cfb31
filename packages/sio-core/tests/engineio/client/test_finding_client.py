"""`finding_client.py`: a connection to a server whose protocol is not known."""

import time

import pytest

from sio_core.engineio import Client, MessageReceived, SendHTTP
from sio_core.engineio.client import CLIENTS, FindingClient, OlderClient, refuses_protocol

from .support import INTERVAL, Caller, open_packet


def finding(*transports: str) -> Caller:
    caller = Caller(FindingClient, transports=transports or ("polling",)).open()
    if transports == ("websocket",):
        caller.opened()
    return caller


def kind(caller: Caller) -> type[Client]:
    return type(caller.client)


def test_it_begins_in_protocol_4() -> None:
    (asked,) = finding().actions
    assert isinstance(asked, SendHTTP)
    assert asked.query.startswith("EIO=4")
    assert {3: OlderClient, 4: Client, None: FindingClient} == CLIENTS


def test_the_first_answer_tells_over_polling() -> None:
    caller = finding()
    caller.answer("GET", open_packet(upgrades=[]))
    assert kind(caller) is Client
    assert caller.client.revision == 4


@pytest.mark.parametrize("form", ["text", "bytes"])
def test_a_server_of_protocol_3_is_gone_on_with(form: str) -> None:
    caller = finding()
    packet = open_packet(upgrades=[])
    if form == "text":
        caller.answer("GET", f"{len(packet)}:{packet}2:40")
    else:
        length = bytes(int(digit) for digit in str(len(packet)))
        caller.answer("GET", b"\x00" + length + b"\xff" + packet.encode() + b"\x00\x02\xff40")
    assert kind(caller) is OlderClient
    assert caller.client.revision == 3
    assert caller.messages == ["0"]
    caller.wait(INTERVAL)
    assert caller.posts == [b"1:2"]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_no_payload_is_one_of_protocol_4(status: int) -> None:
    caller = finding()
    caller.answer("GET", "5:nonsense", status)
    assert kind(caller) is Client
    assert len(caller.losses) == 1


def test_a_message_behind_the_open_packet_tells_over_websocket() -> None:
    for message, content in (("40", "0"), (b"\x04\x80", b"\x80")):
        caller = finding("websocket")
        caller.frame(open_packet(upgrades=[]))
        moves = caller.client.moves.count
        caller.frame(message)
        assert kind(caller) is OlderClient
        assert caller.events[1:] == [MessageReceived(content)]
        assert caller.client.moves.count > moves
        caller.wait(INTERVAL)
        assert caller.frames == ["2"]


def test_who_is_not_told_anything_speaks_protocol_4() -> None:
    caller = finding("websocket")
    caller.send("4lost")
    assert kind(caller) is FindingClient
    caller.frame(open_packet(upgrades=[]))
    caller.send("40")
    assert kind(caller) is Client
    assert caller.frames == ["40"]
    caller.frame("40")
    assert kind(caller) is Client
    assert caller.messages == ["0"]


def test_a_ping_is_sent_by_servers_of_protocol_4() -> None:
    caller = finding("websocket")
    caller.frame(open_packet(upgrades=[]))
    caller.frame("2")
    assert kind(caller) is Client
    assert caller.frames == ["3"]


def test_a_connection_that_is_refused_stays_what_it_is() -> None:
    caller = finding("websocket")
    caller.frame("nonsense")
    assert caller.reason.startswith("parse error")
    assert kind(caller) is FindingClient


# Protocol 4 alone ---------------------------------------------------------------


@pytest.mark.parametrize("body", [b'97:0{"sid":"x"}', b'\x00\x09\x07\xff0{"sid":"x"}'])
def test_a_client_of_protocol_4_names_an_older_server(body: bytes) -> None:
    caller = Caller(transports=("polling",)).open()
    caller.answer("GET", body)
    assert "older protocol" in caller.reason


def test_a_client_of_protocol_4_takes_garbage_for_garbage() -> None:
    for body in (b"\xff", b"97:1", b"x"):
        caller = Caller(transports=("polling",)).open()
        caller.answer("GET", body)
        assert "older" not in caller.reason
    caller = Caller(transports=("polling",)).open()
    caller.answer("GET", open_packet(upgrades=[]))
    caller.answer("GET", b"\x00\x01\xff0")
    assert caller.reason == "parse error (payload is not UTF-8)"
    caller = finding("websocket")
    caller.frame(b"97:0")
    assert "older" not in caller.reason


# Refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (400, b'{"code":5,"message":"Unsupported protocol version"}', True),
        (400, b"Unsupported protocol version", True),
        (400, b'"The client is using an unsupported version of the Socket.IO"', True),
        (400, b'{"code":3,"message":"Bad request"}', False),
        (403, b"Unsupported protocol version", False),
        (None, b"", False),
    ],
)
def test_a_refusal_of_the_protocol(status: int | None, body: bytes, refused: bool) -> None:
    assert refuses_protocol(status, body) is refused


def test_long_answers_are_not_searched() -> None:
    body = b"unsupported protocol" * 500_000 + b" version"
    begun = time.process_time()
    assert not refuses_protocol(400, body)
    assert time.process_time() - begun < 0.1
