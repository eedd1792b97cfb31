"""A server by itself under eventlet, which is imported last."""
# ruff: noqa: E402

import socketio

sio = socketio.Server(async_mode="eventlet")
app = socketio.WSGIApp(sio)
sio.on("my_message", lambda sid, data: data)

import eventlet

eventlet.wsgi.server(eventlet.listen(("", 8000)), app)
