"""Registration as a method, and the decorator with a namespace; given: sio, seen."""
# ruff: noqa: F821


# as a decorator:
@sio.on("connect", namespace="/chat")
def connect_handler(sid, environ):
    if environ["REMOTE_ADDR"] in refused_addresses:
        return False


# as a method:
def message_handler(sid, msg):
    seen.append(msg)
    sio.send("response", to=sid, namespace="/chat")


sio.on("message", namespace="/chat", handler=message_handler)
