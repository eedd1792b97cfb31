"""User sessions as a context; given: sio (also as eio), authenticate_user, seen."""
# ruff: noqa: F821


@eio.on("connect")
async def on_connect(sid, environ):
    username = authenticate_user(environ)
    if not username:
        return False
    async with eio.session(sid) as session:
        session["username"] = username


@eio.on("message")
async def on_message(sid, msg):
    async with eio.session(sid) as session:
        seen.append(("received message from ", session["username"]))
