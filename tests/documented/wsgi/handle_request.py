"""The server as it is called without `WSGIApp`; given: nothing."""

import socketio

sio = socketio.Server()


def app(environ, start_response):
    return sio.handle_request(environ, start_response)
