"""A server with a message queue, which is to come; given: nothing."""

import socketio

mgr = socketio.AsyncAioPikaManager("amqp://")
sio = socketio.AsyncServer(client_manager=mgr)
