"""What the test client of Flask-SocketIO does, on the program of this folder."""

import json
import sqlite3
import sys
import threading

sys.argv = ["flask_program.py", "threading", "0"]

from flask import Flask, request, session  # noqa: E402
from flask_program import app, log, socketio  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

database = sqlite3.connect(":memory:")  # which refuses other threads


@socketio.on("query")
def query(number):
    return database.execute("select ? + 1", (number,)).fetchone()[0]


@socketio.on("who")
def who():
    return [session.get("name"), request.sid, threading.get_ident()]


page = app.test_client()
page.get("/login/Ada")
client = socketio.test_client(
    app, flask_test_client=page, query_string="colour=blue", auth={"a": 1}
)
assert client.is_connected()
(welcome,) = client.get_received()
assert welcome["name"] == "welcome"
assert welcome["args"][0][1:] == ["blue", None, {"a": 1}]
assert client.emit("ask", 1, 2, callback=True) == [1, 2]
assert client.emit("query", 1, callback=True) == 2
name, sid, thread = client.emit("who", callback=True)
assert (name, thread) == ("Ada", threading.get_ident())
assert client.emit("bytes", b"\0\1", callback=True) == b"\0\1"
assert client.get_received()[0]["args"] == [{"reversed": b"\1\0"}]

other = socketio.test_client(app, auth={"a": 2})
other.get_received()
assert client.emit("join", "tea", callback=True) == ["tea"]
other.emit("join", "tea")
assert [each["name"] for each in client.get_received()] == ["joined"]
page.get("/news/tea/rain")
assert [each["name"] for each in other.get_received()] == ["news", "message"]
client.get_received()
client.send({"b": 1}, json=True)
assert client.get_received()[0]["args"] == {"got": {"b": 1}}
client.emit("fail")
assert log[-1][0] == "failed"

refused = socketio.test_client(app, auth={"as": "nobody"})
assert not refused.is_connected()
bare = Flask("bare")
plain = SocketIO(bare, async_mode="threading")


@plain.on("unhandled")
def unhandled():
    raise LookupError("of the handler")


third = plain.test_client(bare)
said = ""
try:
    third.emit("unhandled")
except LookupError as error:
    said = str(error)
assert said == "of the handler"
room = socketio.test_client(app, namespace="/room")
assert room.get_received("/room")[0]["args"] == ["/room"]
assert room.emit("double", 4, namespace="/room", callback=True) == 8
room.connect()
assert room.is_connected()
assert room.is_connected("/room")
client.emit("go")
assert not client.is_connected()
other.disconnect()
assert [each[:2] for each in log if each[0] == "gone"] == [
    ["gone", "server disconnect"],
    ["gone", "client disconnect"],
]
print(json.dumps("all of it"))
