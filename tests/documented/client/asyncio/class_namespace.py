"""A class-based namespace; given: sio, socketio."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.AsyncClientNamespace):
    def on_connect(self):
        pass

    def on_disconnect(self, reason):
        pass

    async def on_my_event(self, data):
        await self.emit("my_response", data)


sio.register_namespace(MyCustomNamespace("/chat"))
