"""A server with a client manager of its own; given: nothing."""

import socketio

mgr = socketio.AsyncManager()
sio = socketio.AsyncServer(client_manager=mgr)
app = socketio.ASGIApp(sio)
