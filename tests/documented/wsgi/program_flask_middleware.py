"""A program of Flask in threads, as an older guide has it."""

from flask import Flask, render_template

import socketio

sio = socketio.Server(async_mode="threading")
app = Flask(__name__)
app.wsgi_app = socketio.Middleware(sio, app.wsgi_app)


@app.route("/")
def index():
    return render_template("index.html")


@sio.on("my_message")
def my_message(sid, data):
    return data


if __name__ == "__main__":
    app.run(threaded=True)
