"""Emitting outside of handlers; given: sio, user_sid; to be called."""
# ruff: noqa: F821


def main():
    sio.emit("my event", {"data": "foobar"})
    sio.emit("my event", {"data": "only you"}, room=user_sid)
    sio.emit("my event", {"data": "only you"}, to=user_sid)
    sio.emit("my event", ("two", b"values"), to=[user_sid, "a room"])
    sio.send("a message")
