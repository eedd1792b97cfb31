"""Emitting outside of handlers; given: sio, user_sid; to be awaited."""
# ruff: noqa: F821


async def main():
    await sio.emit("my event", {"data": "foobar"})
    await sio.emit("my event", {"data": "only you"}, room=user_sid)
    await sio.emit("my event", {"data": "only you"}, to=user_sid)
    await sio.emit("my event", ("two", b"values"), to=[user_sid, "a room"])
    await sio.send("a message")
