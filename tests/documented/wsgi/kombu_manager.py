"""A server with a message queue; given: nothing."""

import socketio

mgr = socketio.KombuManager("amqp://")
sio = socketio.Server(client_manager=mgr)
