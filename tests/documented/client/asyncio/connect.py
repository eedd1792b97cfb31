"""Connecting, and what is known then; given: sio."""
# ruff: noqa: F704, F821

await sio.connect("http://localhost:5000")
print("my sid is", sio.sid)
print("my transport is", sio.transport)
await sio.emit("my message", {"foo": "bar"})
await sio.sleep(0.01)
await sio.disconnect()
