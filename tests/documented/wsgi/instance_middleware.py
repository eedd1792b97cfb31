"""The old name of the WSGI application; given: other_app."""
# ruff: noqa: F821

import socketio

sio = socketio.Server()
app = socketio.Middleware(sio, other_app)
