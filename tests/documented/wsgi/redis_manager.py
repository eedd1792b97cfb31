"""A server with a message queue, which is to come; given: nothing."""

import socketio

mgr = socketio.RedisManager("redis://")
sio = socketio.Server(client_manager=mgr)
