"""A class-based namespace; given: sio, socketio."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.ClientNamespace):
    def on_connect(self, namespace):
        pass

    def on_disconnect(self, namespace, reason):
        pass

    def on_my_event(self, namespace, data):
        self.emit("my_response", data, namespace=namespace)


sio.register_namespace(MyCustomNamespace("*"))
