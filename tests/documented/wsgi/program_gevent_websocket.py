"""A server by itself under gevent, with the handler of gevent-websocket."""

from gevent import pywsgi
from geventwebsocket.handler import WebSocketHandler

import socketio

sio = socketio.Server(async_mode="gevent")
app = socketio.WSGIApp(sio)
sio.on("my_message", lambda sid, data: data)

pywsgi.WSGIServer(("", 8000), app, handler_class=WebSocketHandler).serve_forever()
