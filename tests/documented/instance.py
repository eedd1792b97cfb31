"""The server and the ASGI application, made in each documented way; given: other_app."""
# ruff: noqa: F821

import socketio

# a server by itself
sio = socketio.AsyncServer()
app = socketio.ASGIApp(sio)

# for a named deployment
sio = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(sio)

# in front of another application
sio = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(sio, other_app)
