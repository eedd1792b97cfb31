"""An HTTP/1.1 response as bytes, for drivers that own the socket (RFC 9112, section 4)."""

from __future__ import annotations

from http import HTTPStatus

from ..values import Headers, Response


def write_response(response: Response, method: str = "GET") -> bytes:
    """Return the bytes of `response` to a request of `method`: head and body.

    `Content-Length` and `Connection: close` are added, for nothing follows on the connection. The
    core has no clock, so there is no `Date`.
    """
    status, body = HTTPStatus(response.status), response.body
    more: Headers = (("connection", "close"),)
    # RFC 9110, section 8.6: a status of 204 has no length.
    if status != HTTPStatus.NO_CONTENT:
        more = (("content-length", str(len(body))), *more)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    lines += [f"{name}: {value}" for name, value in (*response.headers, *more)]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    # RFC 9110, section 9.3.2: the answer to HEAD is that to GET, without the content.
    return head if method == "HEAD" else head + body
