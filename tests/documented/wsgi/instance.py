"""The server and the WSGI application, made in each documented way; given: other_app."""
# ruff: noqa: F821

import socketio

# a server by itself
sio = socketio.Server()
app = socketio.WSGIApp(sio)

# for a named deployment
sio = socketio.Server(async_mode="threading")
app = socketio.WSGIApp(sio)

# in front of another application
app = socketio.WSGIApp(sio, other_app)
