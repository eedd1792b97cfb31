"""The simple client as a context manager; given: socketio."""
# ruff: noqa: F821

with socketio.SimpleClient() as sio:
    sio.connect("http://localhost:5000")
    print("my sid is", sio.sid)
    print("my transport is", sio.transport)
    sio.emit("my message", {"foo": "bar"})
    event = sio.receive()
    print(f'received event: "{event[0]}" with arguments {event[1:]}')
