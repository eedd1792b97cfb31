"""Handlers in a namespace, and one that is named; given: sio."""
# ruff: noqa: F821


@sio.event(namespace="/chat")
def my_custom_event(sid, data):
    pass


@sio.on("connect", namespace="/chat")
def on_connect():
    print("I'm connected to the /chat namespace!")


sio.connect("http://localhost:5000", namespaces=["/chat"])
sio.emit("my message", {"foo": "bar"}, namespace="/chat")
