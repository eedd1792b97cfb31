"""A server with the manager of socketio-pg-manager; the database is at FIELD_BROKER."""

import os

from socketio_pg_manager import AsyncPgManager

import socketio


def make() -> socketio.ASGIApp:
    """Make it on the running event loop, which the manager wants."""
    channel = os.environ["FIELD_CHANNEL"].replace("-", "_")
    manager = AsyncPgManager(os.environ["FIELD_BROKER"], channel=channel)
    sio = socketio.AsyncServer(async_mode="asgi", client_manager=manager)

    @sio.event
    async def connect(sid, environ):
        await sio.emit("you are", environ["HTTP_X_NAME"], to=sid)

    @sio.event
    async def join(sid, room):
        await sio.enter_room(sid, room)
        return f"signed {sid}"

    @sio.event
    async def say(sid, post):
        await sio.emit("said", post, room=post["room"])

    @sio.event
    async def ask(sid, other):
        return await sio.call("question", {"from": sid}, to=other, timeout=20)

    @sio.event
    async def disconnect(sid):
        await sio.emit("left", sid, room="den")

    return socketio.ASGIApp(sio)
