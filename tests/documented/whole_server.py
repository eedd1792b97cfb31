"""A whole program for an ASGI server, with a handler of each kind."""

import socketio

sio = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(sio)


@sio.event
async def connect(sid, environ, auth):
    print("connect ", sid)


@sio.on("chat message", namespace="/chat")
async def message(sid, data):
    print("message ", data)
    await sio.emit("reply", room=sid, namespace="/chat")


@sio.event
def disconnect(sid):
    print("disconnect ", sid)
