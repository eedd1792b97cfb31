"""A server that logs; given: nothing."""

import socketio

sio = socketio.AsyncServer(logger=True, engineio_logger=True)
app = socketio.ASGIApp(sio)
