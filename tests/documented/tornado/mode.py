"""An explicit async mode."""

import socketio

sio = socketio.AsyncServer(async_mode="tornado")
