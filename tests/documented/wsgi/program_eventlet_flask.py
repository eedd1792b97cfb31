"""A whole program of Flask under eventlet, with the old name of `WSGIApp`."""

import eventlet
from flask import Flask, render_template

import socketio

sio = socketio.Server()
app = Flask(__name__)


@app.route("/")
def index():
    return render_template("index.html")


@sio.on("connect")
def connect(sid, environ):
    print("connect ", sid)


@sio.on("my_message")
def message(sid, data):
    print("message ", data)
    return data


@sio.on("disconnect")
def disconnect(sid):
    print("disconnect ", sid)


if __name__ == "__main__":
    # put Socket.IO in front of Flask
    app = socketio.Middleware(sio, app)

    # serve both with eventlet
    eventlet.wsgi.server(eventlet.listen(("", 8000)), app)
