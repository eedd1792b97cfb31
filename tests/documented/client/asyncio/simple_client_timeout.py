"""A simple client without a context manager, and a timeout; given: socketio."""
# ruff: noqa: F704, F821

from socketio.exceptions import TimeoutError

sio = socketio.AsyncSimpleClient()
await sio.connect("http://localhost:5000", transports=["websocket"])

try:
    event = await sio.receive(timeout=0.01)
except TimeoutError:
    print("timed out waiting for event")
else:
    print("received event:", event)

await sio.disconnect()
