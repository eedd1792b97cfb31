"""A class-based namespace; given: sio, socketio, seen."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.AsyncNamespace):
    def on_connect(self, sid, environ):
        seen.append("connect")

    def on_disconnect(self, sid):
        seen.append("disconnect")

    async def on_my_event(self, sid, data):
        await self.emit("my_response", data)


sio.register_namespace(MyCustomNamespace("/test"))
