"""User sessions as a context; given: sio, authenticate_user, seen."""
# ruff: noqa: F821


@sio.event
def connect(sid, environ):
    username = authenticate_user(environ)
    if not username:
        return False
    with sio.session(sid) as session:
        session["username"] = username


@sio.event
def message(sid, data):
    with sio.session(sid) as session:
        seen.append(("message from ", session["username"]))
