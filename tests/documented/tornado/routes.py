"""A handler of Socket.IO among the routes of an application; given: sio, tornado."""
# ruff: noqa: F821

import socketio

app = tornado.web.Application(
    [
        (r"/socket.io/", socketio.get_tornado_handler(sio)),
    ],
    # ... other application options
)
