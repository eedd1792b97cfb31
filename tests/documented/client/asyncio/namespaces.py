"""Handlers in a namespace, and one that is named; given: sio."""
# ruff: noqa: F704, F821


@sio.event(namespace="/chat")
def my_custom_event(sid, data):
    pass


@sio.on("connect", namespace="/chat")
def on_connect():
    print("I'm connected to the /chat namespace!")


await sio.connect("http://localhost:5000", namespaces=["/chat"])
await sio.emit("my message", {"foo": "bar"}, namespace="/chat")
