"""Wrappers around servers, each at a path of its own: zndraw-socketio and typsio."""

from fastapi import FastAPI
from pydantic import BaseModel
from typsio.rpc import RPCRegistry, setup_rpc
from zndraw_socketio import wrap

import socketio


class Ping(BaseModel):
    """What is asked."""

    message: str


class Pong(BaseModel):
    """What is answered."""

    reply: str


app = FastAPI()

# under /rpc/socket.io
functions = RPCRegistry()


@functions.register
async def add(a: int, b: int) -> int:
    return a + b


remote = socketio.AsyncServer(async_mode="asgi")
setup_rpc(remote, functions)
app.mount("/rpc", socketio.ASGIApp(remote))

# under /socket.io, by an object that only passes on to a server
typed = wrap(socketio.AsyncServer(async_mode="asgi"))


@typed.on(Ping)
async def answered(sid: str, data: Ping) -> Pong:
    if data.message == "wrong":
        raise ValueError(data.message)
    await typed.emit(Pong(reply="to you"), to=sid)
    return Pong(reply=data.message)


@typed.exception_handler(ValueError)
async def failed(context, error):
    return {"error": str(error)}


whole = socketio.ASGIApp(typed, app)
