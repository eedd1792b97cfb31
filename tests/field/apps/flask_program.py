"""A program written for Flask-SocketIO, with everything that it has.

`python flask_program.py MODE PORT [URL CHANNEL]`: `MODE` is threading, gevent or eventlet, the
others are the message queue. `flask run` runs it in threads. With `SESSIONS=flask` Flask manages
the sessions of users.
"""

import os
import sys

ARGUMENTS = sys.argv[1:] if sys.argv[0].endswith("flask_program.py") else []
MODE, _, QUEUE, CHANNEL = [*ARGUMENTS, *["threading", "", None, "flask-socketio"][len(ARGUMENTS) :]]
if MODE == "gevent":
    from gevent import monkey

    monkey.patch_all()
elif MODE == "eventlet":
    import eventlet

    eventlet.monkey_patch()

from datetime import date  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, json, jsonify, request, session  # noqa: E402
from flask_socketio import (  # noqa: E402
    ConnectionRefusedError,
    Namespace,
    SocketIO,
    call,
    close_room,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)

app = Flask(__name__)
app.config["SECRET_KEY"] = "for a test"
socketio = SocketIO(
    app,
    async_mode=MODE,
    json=json,
    message_queue=QUEUE,
    channel=CHANNEL,
    cors_allowed_origins=[],
    manage_session=os.environ.get("SESSIONS") != "flask",
)
log: list[Any] = []


# Pages ------------------------------------------------------------------------------------------


@app.route("/")
def index() -> str:
    return "here"


@app.route("/login/<name>")
def login(name: str) -> str:
    session["name"] = name
    return name


@app.route("/log")
def show_log() -> Any:
    return jsonify(log)


@app.route("/news/<room>/<text>")
def news(room: str, text: str) -> str:
    socketio.emit("news", {"text": text, "day": date(2026, 7, 1)}, to=room)
    socketio.send("a message", to=room)
    return "sent"


# The namespace "/" ------------------------------------------------------------------------------


@socketio.on("connect")
def connected(auth: Any) -> Any:
    if auth == {"as": "nobody"}:
        raise ConnectionRefusedError("not you", {"code": 7})
    if auth == {"as": "anybody"}:
        return False
    emit("welcome", [request.sid, request.args.get("colour"), request.headers.get("X-Test"), auth])
    return None


@socketio.on("disconnect")
def gone(reason: str) -> None:
    log.append(
        ["gone", reason, session.get("name"), sorted(room == request.sid for room in rooms())]
    )


@socketio.event
def ask(first: Any, second: Any = None) -> Any:
    return first, second


@socketio.on("event")
def about(*args: Any) -> Any:
    event = request.event
    return {
        "namespace": request.namespace,
        "message": event["message"],
        "args": list(event["args"]),
    }


@socketio.on("*")
def other(name: str, *args: Any) -> Any:
    return ["other", name, *args]


@socketio.on("message")
def said(text: str) -> None:
    send(text.upper(), broadcast=True, include_self=False)


@socketio.on("json")
def said_json(data: Any) -> None:
    send({"got": data}, json=True)


def later(text: str) -> str:
    return f"later {text}"


socketio.on_event("later", later)


@socketio.on("join")
def join(room: str) -> Any:
    join_room(room)
    emit("joined", request.sid, to=room, include_self=False)
    return sorted(each for each in rooms() if each != request.sid)


@socketio.on("leave")
def leave(room: str) -> Any:
    leave_room(room)
    return sorted(each for each in rooms() if each != request.sid)


@socketio.on("close")
def close(room: str) -> None:
    close_room(room)


@socketio.on("bytes")
def of_bytes(data: bytes) -> Any:
    emit("bytes", {"reversed": data[::-1]})
    return data


@socketio.on("answer me")
def answer_me() -> None:
    emit("question", callback=lambda *args: log.append(["answer", *args, bool(request.sid)]))


@socketio.on("call me")
def call_me() -> Any:
    return ["called", call("question", "again", timeout=10)]


@socketio.on("remember")
def remember(value: Any) -> Any:
    before = session.get("value")
    session["value"] = value
    return [session.get("name"), before]


@socketio.on("work")
def work(times: int) -> None:
    def in_background(sid: str) -> None:
        for number in range(times):
            socketio.sleep(0.01)
            socketio.emit("progress", number, to=sid)

    socketio.start_background_task(in_background, request.sid)


@socketio.on("fail")
def fail() -> None:
    raise KeyError("failed")


@socketio.on("go")
def go() -> None:
    disconnect()


@socketio.on_error()
def failed(error: Exception) -> Any:
    log.append(["failed", repr(error), request.event["message"]])
    return "sorry"


# Others -----------------------------------------------------------------------------------------


@socketio.on("fail", namespace="/chat")
def fail_in_chat() -> None:
    raise KeyError("chat")


@socketio.on("disconnect", namespace="/chat")
def left_chat() -> None:
    log.append(["left chat", session.get("name")])


@socketio.on_error_default
def failed_anywhere(error: Exception) -> Any:
    log.append(["default", repr(error)])
    return "sorry, too"


class Room(Namespace):
    def on_connect(self) -> None:
        emit("hello", self.namespace)

    def on_disconnect(self, reason: str) -> None:
        log.append(["left the room", reason])

    def on_double(self, number: int) -> int:
        self.emit("doubled", number * 2)
        return number * 2


socketio.on_namespace(Room("/room"))

if __name__ == "__main__":
    more = {"allow_unsafe_werkzeug": True} if MODE == "threading" else {}
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[2]), **more)
