"""A class-based namespace for all namespaces; given: sio, socketio, seen."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.AsyncNamespace):
    async def on_my_event(self, namespace, sid, data):
        seen.append((namespace, data))


sio.register_namespace(MyCustomNamespace("*"))
