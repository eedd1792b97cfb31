"""A program of Flask in threads, with its development server."""

from flask import Flask, render_template

import socketio

sio = socketio.Server(async_mode="threading")
app = Flask(__name__)
app.wsgi_app = socketio.WSGIApp(sio, app.wsgi_app)


@app.route("/")
def index():
    return render_template("index.html")


@sio.event
def my_message(sid, data):
    return data


if __name__ == "__main__":
    app.run()
