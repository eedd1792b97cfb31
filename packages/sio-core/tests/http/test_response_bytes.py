"""`http/response_bytes.py`: what is written of a response, as h11 reads it."""

import h11
import pytest

from sio_core import Response
from sio_core.http.response_bytes import write_response


def read(data: bytes, method: str = "GET") -> tuple[h11.Response, bytes, bytes]:
    """The head, the body, and what h11 takes for something behind them."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    head = client.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    while isinstance(part := client.next_event(), h11.Data):
        body += bytes(part.data)
    assert isinstance(part, h11.EndOfMessage)
    assert client.their_state is h11.MUST_CLOSE
    return head, body, client.trailing_data[0]


@pytest.mark.parametrize("body", [b"", b"0{}", b"\r\n\r\n\x00\xff" * 1000])
@pytest.mark.parametrize("status", [200, 400, 413, 503])
def test_a_response_is_read_as_it_was_meant(status: int, body: bytes) -> None:
    head, read_body, behind = read(write_response(Response(status, (("x-a", "é"),), body)))
    assert (head.status_code, read_body, behind) == (status, body, b"")
    assert dict(head.headers)[b"x-a"] == "é".encode("latin-1")
    assert dict(head.headers)[b"content-length"] == str(len(body)).encode()


def test_the_answer_to_head_has_no_body() -> None:
    head, body, behind = read(write_response(Response(400, (), b"refused"), "HEAD"), "HEAD")
    assert (dict(head.headers)[b"content-length"], body, behind) == (b"7", b"", b"")


def test_a_response_without_content_has_no_length() -> None:
    head, _, _ = read(write_response(Response(204)))
    assert b"content-length" not in dict(head.headers)
