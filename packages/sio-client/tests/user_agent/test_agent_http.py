"""`agent.py`: requests and answers, with the server's bytes played by hand."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.user_agent.agent_settings import EARLY_BYTES
from sio_client.user_agent.errors import BadAnswer, ConnectionLost
from sio_client.user_agent.orders import OpenPipe
from sio_client.user_agent.results import Answered, Failed

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_get(net):
    net.get()
    assert net.opens == [OpenPipe(1, "chat.example", 5000, None)]
    seen = net.request()
    assert (seen.method, seen.target) == ("GET", "/socket.io/?EIO=4&transport=polling")
    assert seen.headers["host"] == "chat.example:5000"
    assert seen.headers["user-agent"].startswith("sio-client/")
    assert seen.headers["accept"] == "*/*"
    assert seen.headers["accept-encoding"] == "gzip, deflate"
    assert "content-length" not in seen.headers
    net.receive(OK)
    assert net.take() == Answered(1, 200, b"ok")


def test_a_post(net):
    net.post(7, "4€".encode())
    seen = net.request()
    assert (seen.method, seen.body) == ("POST", "4€".encode())
    assert seen.headers["content-type"] == "text/plain;charset=UTF-8"
    assert seen.headers["content-length"] == "4"
    net.receive(OK)
    assert net.take().id == 7


def test_requests_of_many_sizes(net):
    for id in (*range(1, 150), 1, 2, 3):
        net.post(id, b"x" * id)
        seen = net.request()
        assert (seen.headers["content-length"], seen.body) == (str(id), b"x" * id)
        assert seen.headers["content-type"] == "text/plain;charset=UTF-8"
        net.receive(OK)
        net.get(id)
        seen = net.request()
        assert not {"content-length", "content-type"} & seen.headers.keys()
        net.receive(OK)


def test_tls_from_the_start(make_net):
    net = make_net("https://chat.example")
    net.get()
    assert net.opens == [OpenPipe(1, "chat.example", 443, "chat.example")]
    assert net.request().headers["host"] == "chat.example"


def test_a_pipe_is_used_again(net):
    for id in (1, 2, 3):
        net.get(id)
        assert net.request().method == "GET"
        net.receive(OK)
        assert net.take().id == id
    assert len(net.opens) == 1


def test_two_requests_at_once_have_two_pipes_and_the_newest_is_used_again(net):
    net.get(1)
    net.post(2)
    assert [order.pipe for order in net.opens] == [1, 2]
    net.receive(OK, pipe=1)
    net.receive(OK, pipe=2)
    net.written(2)
    net.get(3)
    assert net.request(pipe=2).method == "GET"
    net.receive(OK, pipe=2)
    assert [result.id for result in net.results] == [1, 2, 3]


def test_few_idle_pipes_are_kept(net):
    for id in range(1, 8):
        net.get(id)
    for pipe in range(1, 8):
        net.receive(OK, pipe=pipe)
    assert net.closed == [1, 2, 3]


def test_an_idle_pipe_that_the_server_closes_is_dropped_silently(net):
    net.get()
    net.receive(OK)
    net.take()
    net.lose()
    assert (net.results, net.closed) == ([], [])
    net.get(2)
    assert len(net.opens) == 2


def test_an_idle_pipe_that_speaks_is_closed(net):
    net.get()
    net.receive(OK)
    net.take()
    net.receive(OK)
    assert (net.results, net.closed) == ([], [1])
    net.get(2)
    assert len(net.opens) == 2


def test_more_than_the_answer_ends_the_pipe(net):
    net.get()
    net.receive(OK + b"HTTP/1.1 200 OK\r\n")
    assert net.take().body == b"ok"
    assert net.closed == [1]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_the_server_may_end_the_pipe(net, answer):
    net.get()
    net.receive(answer)
    assert net.take().body == b"ok"
    assert net.closed == [1]


def test_a_body_until_the_end_of_the_connection(net):
    net.get()
    net.receive(b"HTTP/1.0 200 OK\r\n\r\nabc")
    assert net.results == []
    net.lose()
    assert net.take().body == b"abc"
    assert net.closed == []


def test_chunks_and_informational_answers(net):
    net.get()
    net.receive(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
    net.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    net.receive(b"1\r\nc\r\n0\r\n\r\n")
    assert net.take().body == b"abc"
    assert net.closed == []


def test_an_answer_in_single_bytes(net):
    net.get()
    for byte in OK:
        net.receive(bytes((byte,)))
    assert net.take().body == b"ok"


def test_other_statuses_are_answers(net):
    net.get()
    net.receive(b'HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\n{"code":1}')
    assert net.take().status == 400
    net.get(2)
    net.receive(b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")
    assert (net.results[0].status, net.results[0].body) == (204, b"")


def test_a_pipe_that_was_idle_for_long_is_not_used_again(net):
    net.agent.now = 100.0
    net.get()
    net.receive(OK)
    net.take()
    net.agent.now = 101.5
    net.post(2)
    net.receive(OK)
    net.take()
    assert len(net.opens) == 1
    net.agent.now = 103.1  # its server may be about to close it
    net.post(3)
    assert [order.pipe for order in net.opens] == [1, 2]
    assert net.closed == [1]


@pytest.mark.parametrize(("method", "part"), [("GET", b"H"), ("POST", b""), ("POST", b"H")])
def test_what_may_have_arrived_is_not_asked_again(net, method, part):
    """A poll's answer that is lost has taken messages from the server's queue."""
    net.get()
    net.receive(OK)
    net.take()
    (net.get if method == "GET" else net.post)(2)
    net.receive(part)
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)
    assert len(net.opens) == 1


@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_poll_that_meets_the_end_of_an_idle_pipe_is_sent_once_more(net, error):
    net.get()
    net.receive(OK)
    net.take()
    net.post(2)
    net.get(3)
    net.receive(OK, pipe=1)
    net.receive(OK, pipe=2)
    net.results.clear()
    net.written(1)
    net.written(2)
    net.get(4)
    net.written(2)
    net.lose(error, pipe=2)
    assert [order.pipe for order in net.opens] == [1, 2, 3], "the other idle one is as old"
    net.connect()
    assert net.request().method == "GET"
    net.lose(error)
    assert isinstance(net.take().error, ConnectionLost if error is None else ConnectionResetError)
    assert len(net.opens) == 3


def test_a_poll_on_a_new_pipe_is_sent_once(net):
    net.get()
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)
    assert len(net.opens) == 1


def test_a_pipe_that_was_idle_is_to_be_looked_at(net):
    for id in (1, 2):
        net.agent.request(id, "GET", "", [], b"")
        orders = net.agent.take_orders()
        if id == 1:
            net.agent.pipe_opened(1)
            orders = net.agent.take_orders()
        assert [order.reused for order in orders] == [id == 2]
        net.agent.pipe_received(1, OK)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_pipe_that_had_ended_before_it_was_used_again(net, method):
    net.get()
    net.receive(OK)
    net.take()
    (net.get if method == "GET" else net.post)(2)
    net.written()
    net.run(net.agent.pipe_stale(1))
    net.run(net.agent.pipe_stale(1))
    net.connect()
    assert [order.pipe for order in net.opens] == [1, 2]
    assert net.request().method == method
    net.receive(OK)
    assert net.take().id == 2


def test_idle_pipes_are_closed_when_there_are_no_more_requests(net):
    net.get(1)
    net.post(2)
    net.get(3)
    net.receive(OK, pipe=1)
    net.receive(OK, pipe=2)
    net.agent.close_idle()
    net.run()
    assert net.closed == [1, 2]
    net.receive(OK, pipe=3)
    net.agent.close_idle()
    net.run()
    assert net.closed == [1, 2, 3]


def test_an_answer_before_the_session_is_open_is_small(make_net):
    def answer(size):
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)

    bomb = coded("gzip", gzip.compress(bytes(EARLY_BYTES + 1)))
    for early in (bomb, answer(EARLY_BYTES + 1)):
        net = make_net("http://chat.example")
        net.get()
        net.receive(early)
        assert "more than 65536 bytes" in str(net.take().error)
        net = make_net("http://chat.example")
        net.get()
        net.receive(answer(EARLY_BYTES))
        assert len(net.take().body) == EARLY_BYTES
        net.get(2)
        net.receive(early)
        assert len(net.take().body) == EARLY_BYTES + 1


def test_the_error_of_the_network_is_the_error(net):
    net.agent.request(1, "GET", "", [], b"")
    net.run()
    error = ConnectionRefusedError("refused")
    net.lose(error)
    assert net.take() == Failed(1, error)


def test_a_pipe_that_ends_while_it_is_opened(net):
    net.agent.request(1, "GET", "", [], b"")
    net.run()
    net.receive(b"too early")
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46\n\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 099 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000,
    ],
)
def test_what_is_not_http_fails(net, answer):
    net.get()
    net.receive(answer)
    assert isinstance(net.take().error, BadAnswer)
    assert net.closed == [1]


@pytest.mark.parametrize(
    "part",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        b"HTTP/1.1 200",
        b"",
    ],
)
def test_an_answer_cut_short_fails(net, part):
    net.get()
    if part:
        net.receive(part)
    net.lose()
    assert isinstance(net.take().error, ConnectionLost)


def coded(coding, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def packed(body):
    """gzip without the time of day: every worker that collects the tests has the same."""
    return gzip.compress(body, mtime=0)


def raw_deflate(body):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", packed(b"hello")),
        ("X-GZIP", packed(b"hello")),
        ("gzip", packed(b"he") + packed(b"") + packed(b"llo")),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", raw_deflate(b"hello")),
        ("deflate, gzip", packed(zlib.compress(b"hello"))),
        ("identity", b"hello"),
        ("", b"hello"),
    ],
)
def test_content_codings(net, coding, body):
    net.get()
    net.receive(coded(coding, body))
    assert net.take().body == b"hello"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", b"hello"),
        ("gzip", packed(b"hello")[:-1]),
        ("gzip", packed(b"hello") + b"more"),
        ("gzip", packed(b"hello") + packed(b"more")[:-1]),
        ("deflate", zlib.compress(b"hello") * 2),
        ("deflate", b"\x07hello"),
        ("br", b"hello"),
        ("gzip, gzip, gzip, gzip, gzip", b"hello"),
    ],
)
def test_bad_content_codings_fail(net, coding, body):
    net.get()
    net.receive(coded(coding, body))
    assert isinstance(net.take().error, BadAnswer)
    assert net.closed == [1]


def test_gzip_of_many_members_and_of_large_ones(make_net):
    large = bytes(range(256)) * 5000
    for parts in ([b"x"] * 5000, [large, b"", large]):
        net = make_net("http://chat.example")
        net.get()
        net.receive(OK)
        net.take()
        net.get()
        net.receive(coded("gzip", b"".join(map(gzip.compress, parts))))
        assert net.take().body == b"".join(parts)


def test_the_limit_counts_what_is_sent_and_what_is_decoded(make_net):
    bomb = gzip.compress(bytes(101))
    exact = coded("gzip", gzip.compress(bytes(100)))
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + bytes(101)
    twice = coded("gzip", gzip.compress(bytes(51)) * 2)
    for answer in (coded("gzip", bomb), coded("deflate, gzip", gzip.compress(bomb)), plain, twice):
        net = make_net("http://chat.example", max_message_bytes=100)
        net.get()
        net.receive(answer)
        assert isinstance(net.take().error, BadAnswer)
    net = make_net("http://chat.example", max_message_bytes=100)
    net.get()
    net.receive(exact)
    assert net.take().body == bytes(100)


def test_a_cancelled_request_is_forgotten(net):
    net.get()
    net.agent.cancel(1)
    net.run()
    assert net.closed == [1]
    net.receive(OK)
    net.lose()
    net.agent.cancel(1)
    net.run(net.agent.pipe_opened(1))
    net.run(net.agent.pipe_secured(1))
    assert net.results == []


def test_a_request_cancelled_while_its_pipe_is_opened(net):
    net.agent.request(1, "GET", "", [], b"")
    net.agent.cancel(1)
    net.run()
    assert net.closed == [1]
    net.run(net.agent.pipe_opened(1))
    assert net.written(1) == b""


def test_closing_closes_every_pipe(net):
    net.get(1)
    net.get(2)
    net.receive(OK, pipe=2)
    net.opening(3)
    net.websocket(4)
    net.agent.close()
    net.run()
    assert sorted(net.closed) == [1, 2, 3, 4]
    net.results.clear()
    for pipe in (1, 2, 3, 4):
        net.receive(OK, pipe=pipe)
        net.lose(pipe=pipe)
    net.agent.close_websocket(4)
    net.run()
    assert net.results == []


@given(st.lists(st.binary(max_size=200), max_size=20), st.booleans())
def test_garbage_never_raises(make_net, pieces, prefix):
    net = make_net("http://chat.example")
    net.get()
    if prefix:
        net.receive(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n")
    for piece in pieces:
        net.receive(piece)
    net.lose()
    assert len(net.results) == 1


@given(st.data())
def test_answers_in_arbitrary_pieces(make_net, data):
    wire = b"HTTP/1.1 100 Continue\r\n\r\n" + coded("gzip", gzip.compress(b"hello")) + OK
    net = make_net("http://chat.example")
    net.get()
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        net.receive(wire[:size])
        wire = wire[size:]
    assert net.take().body == b"hello"
