"""A function and a method for the same event; given: sio, socketio, seen."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.Namespace):
    def on_my_event(self, sid, data):
        seen.append(("method", data))

    def on_other_event(self, sid, data):
        seen.append(("method", data))


sio.register_namespace(MyCustomNamespace("/test"))


@sio.on("my_event", namespace="/test")
def my_event(sid, data):
    seen.append(("function", data))
