"""Static files in front of nothing; given: static_files."""
# ruff: noqa: F821

import socketio

sio = socketio.Server()
app = socketio.WSGIApp(sio, static_files=static_files)
