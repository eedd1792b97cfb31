"""A simple client without a context manager, and a timeout; given: socketio."""
# ruff: noqa: F821

from socketio.exceptions import TimeoutError

sio = socketio.SimpleClient()
sio.connect("http://localhost:5000", transports=["websocket"])

try:
    event = sio.receive(timeout=0.01)
except TimeoutError:
    print("timed out waiting for event")
else:
    print("received event:", event)

sio.disconnect()
