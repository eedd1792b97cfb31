"""A class-based namespace; given: sio, socketio, seen."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.Namespace):
    def on_connect(self, sid, environ):
        seen.append("connect")

    def on_disconnect(self, sid):
        seen.append("disconnect")

    def on_my_event(self, sid, data):
        self.emit("my_response", data)


sio.register_namespace(MyCustomNamespace("/test"))
