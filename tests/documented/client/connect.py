"""Connecting, and what is known then; given: sio."""
# ruff: noqa: F821

sio.connect("http://localhost:5000")
print("my sid is", sio.sid)
print("my transport is", sio.transport)
sio.emit("my message", {"foo": "bar"})
sio.sleep(0.01)
sio.disconnect()
