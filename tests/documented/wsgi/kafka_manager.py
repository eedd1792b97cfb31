"""A server with a message queue, which is to come; given: nothing."""

import socketio

mgr = socketio.KafkaManager("kafka://")
sio = socketio.Server(client_manager=mgr)
