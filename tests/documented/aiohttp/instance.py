"""A server for aiohttp, attached; given: socketio, web."""
# ruff: noqa: F821

sio = socketio.AsyncServer(async_mode="aiohttp")
app = web.Application()
sio.attach(app)

if __name__ == "__main__":
    web.run_app(app)
