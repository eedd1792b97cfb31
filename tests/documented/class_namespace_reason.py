"""A class-based namespace with today's signatures; given: sio, socketio, seen."""
# ruff: noqa: F821


class MyCustomNamespace(socketio.AsyncNamespace):
    async def on_connect(self, sid, environ, auth):
        seen.append(auth)

    async def on_disconnect(self, sid, reason):
        seen.append(reason == self.server.reason.CLIENT_DISCONNECT)

    async def on_my_event(self, sid, data):
        await self.emit("my_response", data, room=sid)


sio.register_namespace(MyCustomNamespace("/test"))
