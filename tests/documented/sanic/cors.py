"""Cross-origin requests left to Sanic's extension; given: app."""
# ruff: noqa: F821

import socketio

sio = socketio.AsyncServer(async_mode="sanic", cors_allowed_origins=[])
app.config["CORS_SUPPORTS_CREDENTIALS"] = True
