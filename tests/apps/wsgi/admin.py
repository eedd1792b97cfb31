"""`tests.apps.admin` for WSGI."""

import json
import os
from typing import Any

from sio_redis import RedisManager
from sio_wsgi import WSGIApp
from tests.apps.wsgi.echo import make_server

ARGUMENTS: dict[str, Any] = json.loads(os.environ["SIO_TEST_ADMIN"])

MANAGER: dict[str, Any] = json.loads(os.environ.get("SIO_TEST_MANAGER", "{}"))

sio = make_server(**({"client_manager": RedisManager(**MANAGER)} if MANAGER else {}))


@sio.event
def join(sid: str, room: str) -> None:
    sio.enter_room(sid, room)


@sio.event
def rooms(sid: str) -> list[str]:
    return sio.rooms(sid)


@sio.event
def shout(sid: str, text: str) -> str:
    sio.emit("heard", text)
    return "done"


sio.instrument(**ARGUMENTS)
app = WSGIApp(sio)
