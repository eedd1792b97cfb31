"""A server that logs; given: nothing."""

import socketio

sio = socketio.Server(logger=True, engineio_logger=True)
app = socketio.WSGIApp(sio)
