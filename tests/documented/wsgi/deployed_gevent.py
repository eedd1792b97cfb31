"""A server by itself, for a web server that has a command line."""

import socketio

sio = socketio.Server(async_mode="gevent")
app = socketio.WSGIApp(sio)


@sio.event
def my_message(sid, data):
    return data
