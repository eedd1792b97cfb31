"""Static files in front of nothing; given: static_files."""
# ruff: noqa: F821

import socketio

sio = socketio.AsyncServer()
app = socketio.ASGIApp(sio, static_files=static_files)
