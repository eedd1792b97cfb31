"""User sessions by get and save; given: sio, authenticate_user, seen."""
# ruff: noqa: F821


@sio.event
async def connect(sid, environ):
    username = authenticate_user(environ)
    await sio.save_session(sid, {"username": username})


@sio.event
async def message(sid, data):
    session = await sio.get_session(sid)
    seen.append(("message from ", session["username"]))
