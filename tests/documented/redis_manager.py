"""A server with a message queue; given: nothing."""

import socketio

mgr = socketio.AsyncRedisManager("redis://")
sio = socketio.AsyncServer(client_manager=mgr)
