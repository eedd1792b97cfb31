"""A server of fastapi-sio-di, which overrides what it is called by and brings a manager of its own.

The broker is at FIELD_BROKER.
"""

import os
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_sio_di import SID, AsyncRedisCallManager, AsyncServer, Environ
from pydantic import BaseModel

import socketio


class Post(BaseModel):
    """What is said in a room."""

    room: str
    text: str


def named(environ: Environ) -> str:
    return environ.headers["x-name"]


def signed(sid: SID) -> str:
    return f"signed {sid}"


app = FastAPI()
manager = AsyncRedisCallManager(os.environ["FIELD_BROKER"], channel=os.environ["FIELD_CHANNEL"])
sio = AsyncServer(async_mode="asgi", cors_allowed_origins=["*"], client_manager=manager)
sio.setup_docs(app)


@sio.on("connect")
async def connected(sid: SID, name: Annotated[str, Depends(named)]):
    await sio.emit("you are", name, to=sid)


@sio.on("join")
async def joined(sid: SID, data: str, signature: Annotated[str, Depends(signed)]):
    await sio.enter_room(sid, data)
    return signature


@sio.on("say")
async def said(post: Post):
    await sio.emit("said", post, room=post.room)


@sio.on("ask")
async def asked(sid: SID, data: str):
    return await sio.call("question", {"from": sid}, to=data, timeout=20)


@sio.on("disconnect")
async def left(sid: SID):
    await sio.emit("left", sid, room="den")


app.mount("/", socketio.ASGIApp(sio))
