"""The heads of HTTP requests and responses as text; bodies need nothing but their length."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus

from sio_core import Headers, Request
from sio_core.websocket import wants_websocket


def parse_head(head: bytes, address: str) -> Request:
    """Parse the head of a request from an IP address. Raises `ValueError` for what is none."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(version)
    headers = tuple(_field(line) for line in lines)
    request = Request(method, target.partition("?")[2], headers, address=address)
    return replace(request, host=request.header("host"), websocket=wants_websocket(request))


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name or name != name.strip():
        raise ValueError(line)
    return name.lower(), value.strip()


def write_head(status: int, headers: Headers) -> bytes:
    """Write the head of a response."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (*headers, ("date", formatdate(usegmt=True)))]
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")
