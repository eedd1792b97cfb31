"""A server that answers with more than a client sends: for what clients take of it."""

from typing import Any

from sio_asgi import ASGIApp, AsyncServer

sio = AsyncServer(
    async_mode="asgi", max_attachments_out=None, max_json_depth=512, http_compression=False
)
app = ASGIApp(sio)


@sio.event
async def text(sid: str, size: int) -> str:
    """Return so many characters."""
    return "x" * size


@sio.event
async def binary(sid: str, size: int) -> bytes:
    """Return so many bytes in one value."""
    return bytes(size)


@sio.event
async def attachments(sid: str, count: int) -> list[bytes]:
    """Return so many bytes values."""
    return [b"%d" % number for number in range(count)]


@sio.event
async def nested(sid: str, levels: int) -> Any:
    """Return an array that is so deep."""
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value
