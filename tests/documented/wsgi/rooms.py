"""Entering, leaving, closing a room, and speaking to its others; given: sio."""
# ruff: noqa: F821


@sio.event
def begin_chat(sid):
    sio.enter_room(sid, "chat_users")


@sio.event
def exit_chat(sid):
    sio.leave_room(sid, "chat_users")


@sio.on("enter room")
def enter_room(sid, data):
    sio.enter_room(sid, data["room"])


@sio.on("leave room")
def leave_room(sid, data):
    sio.leave_room(sid, data["room"])


@sio.on("close room")
def close(sid, data):
    sio.close_room(data["room"])


@sio.event
def my_message(sid, data):
    sio.emit("my reply", data, room="chat_users", skip_sid=sid)


@sio.on("my message")
def message(sid, data):
    sio.emit("my reply", data, room="my room")
