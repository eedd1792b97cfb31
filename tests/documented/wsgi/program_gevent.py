"""A server by itself under gevent."""
# ruff: noqa: E402

import socketio

sio = socketio.Server(async_mode="gevent")
app = socketio.WSGIApp(sio)
sio.on("my_message", lambda sid, data: data)

from gevent import pywsgi

pywsgi.WSGIServer(("", 8000), app).serve_forever()
