"""Sends the files of `static_files` over ASGI; the disk is read in threads, never on the loop."""

from __future__ import annotations

import asyncio

from sio_server.serving.static_files import StaticFiles

from .scopes import Scope, Send, route_path


async def send_file(files: StaticFiles, scope: Scope, send: Send) -> bool:
    """Answer an HTTP request with the file of its path. Returns false if no rule has one."""
    path = route_path(scope)
    if not files.concerns(path):
        return False
    answer = await asyncio.to_thread(files.answer, path, scope.get("method", "GET"))
    if answer is None:
        return False
    try:
        headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        chunks = iter(answer)
        while chunk := await asyncio.to_thread(next, chunks, b""):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        answer.close()
    return True
