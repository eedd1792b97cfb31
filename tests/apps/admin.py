"""A server that the Admin UI looks at; `SIO_TEST_ADMIN` has the arguments of `instrument`."""

import json
import os
from typing import Any

from sio_asgi import ASGIApp
from tests.apps.echo import make_server

ARGUMENTS: dict[str, Any] = json.loads(os.environ["SIO_TEST_ADMIN"])

sio = make_server()


@sio.event
async def join(sid: str, room: str) -> None:
    await sio.enter_room(sid, room)


@sio.event
async def rooms(sid: str) -> list[str]:
    return sio.rooms(sid)


@sio.event
async def shout(sid: str, text: str) -> str:
    await sio.emit("heard", text)
    return "done"


sio.instrument(**ARGUMENTS)
app = ASGIApp(sio)
