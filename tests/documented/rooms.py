"""Entering, leaving, closing a room, and speaking to its others; given: sio."""
# ruff: noqa: F821


@sio.event
async def begin_chat(sid):
    await sio.enter_room(sid, "chat_users")


@sio.event
async def exit_chat(sid):
    await sio.leave_room(sid, "chat_users")


@sio.on("enter room")
async def enter_room(sid, data):
    await sio.enter_room(sid, data["room"])


@sio.on("leave room")
async def leave_room(sid, data):
    await sio.leave_room(sid, data["room"])


@sio.on("close room")
async def close(sid, data):
    await sio.close_room(data["room"])


@sio.event
async def my_message(sid, data):
    await sio.emit("my reply", data, room="chat_users", skip_sid=sid)
