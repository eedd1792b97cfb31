"""Emitting from a process without clients; given: nothing."""

import socketio

external_sio = socketio.KombuManager("redis://", write_only=True)
external_sio.emit("my event", data={"foo": "bar"}, room="my room")
