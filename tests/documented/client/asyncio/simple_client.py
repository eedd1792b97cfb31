"""The simple client as a context manager; given: socketio."""
# ruff: noqa: F704, F821

async with socketio.AsyncSimpleClient() as sio:
    await sio.connect("http://localhost:5000")
    print("my sid is", sio.sid)
    print("my transport is", sio.transport)
    await sio.emit("my message", {"foo": "bar"})
    event = await sio.receive()
    print(f'received event: "{event[0]}" with arguments {event[1:]}')
