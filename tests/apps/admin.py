"""A server that the Admin UI looks at; `SIO_TEST_ADMIN` has the arguments of `instrument`.

Those of its manager over Redis are in `SIO_TEST_MANAGER`, if it is one of a fleet.
"""

import json
import os
from typing import Any

from sio_asgi import ASGIApp
from sio_redis import AsyncRedisManager
from tests.apps.echo import make_server

ARGUMENTS: dict[str, Any] = json.loads(os.environ["SIO_TEST_ADMIN"])

MANAGER: dict[str, Any] = json.loads(os.environ.get("SIO_TEST_MANAGER", "{}"))

sio = make_server(**({"client_manager": AsyncRedisManager(**MANAGER)} if MANAGER else {}))


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
