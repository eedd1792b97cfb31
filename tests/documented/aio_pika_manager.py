"""A server with a message queue; given: nothing."""

import socketio

mgr = socketio.AsyncAioPikaManager("amqp://")
sio = socketio.AsyncServer(client_manager=mgr)
