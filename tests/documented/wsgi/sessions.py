"""User sessions by get and save; given: sio, authenticate_user, seen."""
# ruff: noqa: F821


@sio.event
def connect(sid, environ):
    username = authenticate_user(environ)
    sio.save_session(sid, {"username": username})


@sio.event
def message(sid, data):
    session = sio.get_session(sid)
    seen.append(("message from ", session["username"]))
