"""A server with a client manager of its own; given: nothing."""

import socketio

mgr = socketio.Manager()
sio = socketio.Server(client_manager=mgr)
app = socketio.WSGIApp(sio)
