"""A server with a message queue; given: nothing."""

import socketio

mgr = socketio.KafkaManager("kafka://")
sio = socketio.Server(client_manager=mgr)
