"""A server with a message queue; given: nothing."""

import socketio

mgr = socketio.RedisManager("redis://")
sio = socketio.Server(client_manager=mgr)
