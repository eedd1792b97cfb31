"""`agent.py`: WebSockets, with wsproto as the server or its bytes played by hand."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from sio_client.user_agent.agent_settings import EARLY_BYTES
from sio_client.user_agent.errors import BadAnswer, ConnectionLost, WebSocketFailed
from sio_client.user_agent.orders import OpenPipe
from sio_client.user_agent.results import SocketFrame, SocketLost, SocketOpened
from sio_core.prepared import Prepared
from sio_core.websocket import frame_binary, frame_close, frame_ping, frame_text

KEY = base64.b64encode(b"\x01" * 16)
ACCEPT = base64.b64encode(hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


def acceptance(*, upgrade="websocket", connection="Upgrade", accept=ACCEPT, more=""):
    return (
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: {upgrade}\r\nConnection: {connection}\r\n"
        f"Sec-WebSocket-Accept: {accept.decode()}\r\n{more}\r\n"
    ).encode()


def test_opening(net):
    net.opening(5)
    assert net.opens == [OpenPipe(1, "chat.example", 5000, None)]
    seen = net.request()
    assert (seen.method, seen.target) == ("GET", "/socket.io/?EIO=4&transport=websocket")
    assert seen.headers["host"] == "chat.example:5000"
    assert seen.headers["sec-websocket-key"] == KEY.decode()
    assert seen.headers["sec-websocket-version"] == "13"
    assert "sec-websocket-extensions" not in seen.headers
    assert "origin" not in seen.headers
    net.receive(acceptance())
    assert net.take() == SocketOpened(5)


def test_headers_for_the_opening_alone(make_net):
    net = make_net(
        "http://chat.example",
        headers=(("X-Both", "1"), ("Connection", "close"), ("Sec-WebSocket-Key", "mine")),
        websocket_headers=(("x-both", "2"), ("X-Mine", "3")),
        origin="http://page.example",
        subprotocols=("a", "b"),
    )
    net.opening()
    headers = net.request().headers
    assert (headers["x-both"], headers["x-mine"]) == ("2", "3")
    assert headers["origin"] == "http://page.example"
    assert headers["sec-websocket-protocol"] == "a, b"
    assert headers["connection"] == "Upgrade"
    assert headers["sec-websocket-key"] == KEY.decode()
    net.receive(acceptance(more="Sec-WebSocket-Protocol: b\r\n"))
    assert net.take() == SocketOpened(1)
    net.get(2)
    assert net.request().headers["x-both"] == "1"


def test_messages_both_ways(net):
    server = net.websocket()
    net.agent.write(1, Prepared(["2probe"]))
    net.agent.write(1, Prepared(["451-€", b"\x00\xff" * 300]))
    net.run()
    assert net.events(server) == [
        TextMessage("2probe"),
        TextMessage("451-€"),
        BytesMessage(bytearray(b"\x00\xff" * 300)),
    ]
    net.receive(server.send(TextMessage("3probe")) + server.send(BytesMessage(b"abc")))
    assert net.results == [SocketOpened(1), SocketFrame(1, "3probe"), SocketFrame(1, b"abc")]


def test_frames_right_behind_the_handshake(net):
    net.opening()
    net.receive(b"HTTP/1.1 103 Early Hints\r\n\r\n" + acceptance() + frame_text("0{}"))
    assert net.results == [SocketOpened(1), SocketFrame(1, "0{}")]


def test_a_close_right_behind_the_handshake(net):
    net.opening()
    net.receive(acceptance() + frame_close(1001))
    assert net.results == [SocketOpened(1), SocketLost(1, code=1001)]
    assert net.closed == [1]


def test_pings_are_answered(net):
    server = net.websocket()
    net.receive(server.send(Ping(b"one")))
    assert net.events(server) == [Pong(bytearray(b"one"))]
    net.receive(server.send(Ping(b"two")) + server.send(Ping(b"three")) + server.send(Pong(b"x")))
    assert net.events(server) == [Pong(bytearray(b"three"))]


def test_the_server_closes(net):
    server = net.websocket()
    net.take()
    net.receive(server.send(Ping(b"p")) + server.send(CloseConnection(4000, "bye")))
    assert net.take() == SocketLost(1, code=4000)
    assert net.events(server) == [Pong(bytearray(b"p")), CloseConnection(4000, "")]
    assert net.closed == [1]


def test_the_server_closes_without_a_code(net):
    net.websocket()
    net.take()
    net.receive(frame_close(1005))
    assert net.take() == SocketLost(1, code=1005)


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"\x81\x80key!", 1002),
        (b"\xc1\x00", 1002),
        (b"\x81\x02\xc3\x28", 1007),
        (b"\x01\x00" + b"\x00\x00" * 16_384, 1008),
        (frame_binary(bytes(101)), 1009),
    ],
)
def test_a_server_that_breaks_the_protocol(make_net, wire, code):
    net = make_net("http://chat.example", max_message_bytes=100)
    server = net.websocket()
    net.take()
    net.receive(wire)
    lost = net.take()
    assert isinstance(lost.error, WebSocketFailed)
    assert (lost.code, lost.status) == (code, None)
    assert net.events(server) == [CloseConnection(code, "")]
    assert net.closed == [1]


REFUSED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 4\r\n\r\nno!!"


@pytest.mark.parametrize("apart", [False, True])
def test_a_server_that_refuses_in_http_what_it_has_opened(net, apart):
    net.opening()
    for piece in (acceptance(), REFUSED) if apart else (acceptance() + REFUSED,):
        net.receive(piece)
    opened, lost = net.results
    assert opened == SocketOpened(1)
    assert (lost.status, lost.body) == (400, b"no!!")
    assert isinstance(lost.error, WebSocketFailed)
    assert net.closed == [1]


@pytest.mark.parametrize(
    "wire",
    [
        REFUSED.replace(b"400", b"200"),
        REFUSED[:30],
        b"HTTP/1.1 400 " + b"x" * 10_000,
        frame_text("0{}") + REFUSED,
    ],
)
def test_what_is_no_refusal_breaks_the_protocol(net, wire):
    net.websocket()
    net.take()
    net.receive(wire)
    lost = net.results[-1]
    assert (lost.code, lost.status) == (1002, None)


def test_the_first_message_is_small(make_net):
    large = frame_text("x" * (EARLY_BYTES + 1))
    for wire in ([large], [large[:EARLY_BYTES], b"x"], [b"\x89\x7d" + bytes(125)] * 520):
        net = make_net("http://chat.example")
        server = net.websocket()
        net.take()
        for part in wire:
            net.receive(part)
        lost = net.take()
        assert "too big" in str(lost.error)
        assert lost.code == 1009
        assert net.events(server)[-1] == CloseConnection(1009, "")
        assert net.closed == [1]


def test_the_second_message_may_be_large(make_net):
    net = make_net("http://chat.example")
    net.websocket()
    first, second = "x" * EARLY_BYTES, "y" * (EARLY_BYTES + 1)
    net.receive(frame_text(first) + frame_text(second))
    assert [result.frame for result in net.results[1:]] == [first, second]


def test_the_connection_is_lost(net):
    net.websocket()
    net.take()
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)
    net.websocket(2)
    net.take()
    error = ConnectionResetError()
    net.lose(error)
    assert net.take() == SocketLost(2, error)
    net.websocket(3)
    net.receive(frame_text("hello"))
    net.lose()
    assert net.results[-1] == SocketLost(3), "an end without a word is an end"
    assert net.closed == []


def test_closing_in_order(net):
    server = net.websocket()
    net.take()
    net.agent.close_websocket(1, 1001)
    net.agent.write(1, Prepared(["late"]))
    net.run()
    assert net.events(server) == [CloseConnection(1001, "")]
    assert (net.results, net.closed) == ([], [])
    net.receive(frame_text("late") + frame_ping(b"p") + frame_close(1001))
    assert net.take() == SocketLost(1, code=1001)
    assert (net.closed, net.written()) == ([1], b"")


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_pipe_that_ends_after_our_close_frame(net, error):
    net.websocket()
    net.take()
    net.agent.close_websocket(1)
    net.run()
    net.lose(error)
    assert net.take() == SocketLost(1)


@pytest.mark.parametrize("nonsense", [b"\xff\xff", REFUSED])
def test_nonsense_after_our_close_frame(net, nonsense):
    net.websocket()
    net.take()
    net.agent.close_websocket(1)
    net.run()
    net.receive(nonsense)
    assert net.take() == SocketLost(1, code=1002)


def test_closing_twice_is_closing_once(net):
    server = net.websocket()
    net.take()
    net.agent.close_websocket(1)
    net.agent.close_websocket(1)
    net.run()
    assert net.events(server) == [CloseConnection(1000, "")]
    assert net.closed == []


@pytest.mark.parametrize("closing", [False, True])
def test_aborting_says_goodbye_once_and_waits_for_nobody(net, closing):
    server = net.websocket()
    net.take()
    if closing:
        net.agent.close_websocket(1)
    net.agent.abort_websocket(1)
    net.agent.abort_websocket(1)
    net.run()
    assert net.events(server) == [CloseConnection(1000, "")]
    assert net.closed == [1]
    net.lose()
    assert net.results == []


def test_closing_what_is_not_open_yet(net):
    net.opening()
    net.agent.write(1, Prepared(["early"]))
    net.written()
    net.agent.close_websocket(1)
    net.agent.write(1, Prepared(["late"]))
    net.run()
    assert (net.closed, net.written()) == ([1], b"")
    net.receive(acceptance())
    assert net.results == []


@pytest.mark.parametrize(
    "answer",
    [
        acceptance(upgrade="h2c"),
        acceptance(connection="close"),
        acceptance(accept=b"x"),
        acceptance(more="Sec-WebSocket-Accept: x\r\n"),
        acceptance(more="Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        acceptance(more="Sec-WebSocket-Protocol: a\r\n"),
        acceptance(connection="\xe9"),
    ],
)
def test_a_wrong_handshake(net, answer):
    net.opening()
    net.receive(answer)
    lost = net.take()
    assert isinstance(lost.error, WebSocketFailed)
    assert (lost.status, lost.body, lost.code) == (None, b"", None)
    assert net.closed == [1]


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\n{"code":1}',
        b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'a\r\n{"code":1}\r\n0\r\n\r\n',
    ],
)
def test_a_refusal(net, answer):
    net.opening()
    net.receive(answer)
    lost = net.take()
    assert (lost.status, lost.body) == (400, b'{"code":1}')
    assert "400" in str(lost.error)
    assert net.closed == [1]


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_refusal_that_ends_early(net, error):
    net.opening()
    net.receive(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nwait")
    assert net.results == []
    net.lose(error)
    lost = net.take()
    assert (lost.status, lost.body) == (503, b"wait")
    assert net.closed == []


def test_a_refusal_that_goes_wrong(net):
    net.opening()
    net.receive(b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n")
    lost = net.take()
    assert (lost.status, lost.body) == (500, b"a")


def test_a_refusal_without_an_end_is_cut(net):
    net.opening()
    net.receive(b"HTTP/1.1 200 OK\r\n\r\n")
    net.receive(b"x" * 70_000)
    lost = net.take()
    assert (lost.status, len(lost.body)) == (200, 64 * 1024)
    assert net.closed == [1]


def test_no_answer_at_all(net):
    net.opening()
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)
    net.opening()
    net.receive(b"garbage\r\n\r\n")
    assert isinstance(net.take().error, BadAnswer)


def test_the_connection_cannot_be_opened(net):
    net.agent.open_websocket(1, "")
    net.run()
    error = ConnectionRefusedError()
    net.lose(error)
    assert net.take() == SocketLost(1, error)


@given(st.lists(st.binary(max_size=60), max_size=20), st.booleans())
def test_garbage_never_raises(make_net, pieces, stands):
    net = make_net("http://chat.example")
    net.opening()
    if stands:
        net.receive(acceptance())
    for piece in pieces:
        net.receive(piece)
    net.lose()
    ends = [result for result in net.results if isinstance(result, SocketLost)]
    assert ends == net.results[-1:]


@given(st.data())
def test_a_session_in_arbitrary_pieces(make_net, data):
    wire = acceptance() + frame_text("0{}") + frame_ping(b"x") + frame_binary(b"y" * 300)
    wire += frame_close(1000)
    net = make_net("http://chat.example")
    net.opening()
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        net.receive(wire[:size])
        wire = wire[size:]
    assert net.results == [
        SocketOpened(1),
        SocketFrame(1, "0{}"),
        SocketFrame(1, b"y" * 300),
        SocketLost(1, code=1000),
    ]
