"""Servers that the clients of others meet: one that echoes, and one as Uptime Kuma speaks."""

import socketio

sio = socketio.AsyncServer(async_mode="asgi")
counts = {"connected": 0, "said": 0, "now": 0}


@sio.event
async def connect(sid, environ):
    counts["connected"] += 1
    counts["now"] += 1


@sio.event
async def disconnect(sid, reason):
    counts["now"] -= 1


@sio.event
async def echo(sid, data):
    return data


@sio.event
async def say(sid, data):
    counts["said"] += 1
    await sio.emit("said", data, to=sid)


@sio.event
async def count(sid):
    return counts


echoing = socketio.ASGIApp(sio)

# As Uptime Kuma 1.23 speaks: what the server has is told after the login, by events.
kuma = socketio.AsyncServer(async_mode="asgi")
monitors = {}


@kuma.on("connect")
async def greet(sid, environ):
    assert environ["HTTP_X_FROM"] == "the test"
    await kuma.emit("info", {"primaryBaseURL": None}, to=sid)
    await kuma.emit("initServerTimezone", to=sid)


@kuma.event
async def login(sid, data):
    if data["password"] != "secret":
        return {"ok": False, "msg": "Incorrect username or password."}
    await kuma.save_session(sid, {"user": data["username"]})
    await kuma.emit("monitorList", monitors, to=sid)
    await kuma.emit("info", {"version": "1.23.2", "primaryBaseURL": None}, to=sid)
    return {"ok": True, "token": "a.b.c"}


@kuma.event
async def add(sid, monitor):
    assert (await kuma.get_session(sid))["user"] == "admin"
    number = len(monitors) + 1
    monitors[str(number)] = {**monitor, "id": number}
    await kuma.emit("monitorList", monitors, to=sid)
    await kuma.emit("heartbeatList", (str(number), [], False), to=sid)
    return {"ok": True, "msg": "Added Successfully.", "monitorID": number}


watching = socketio.ASGIApp(kuma)

# As the weather stations of Ambient speak.
weather = socketio.AsyncServer(async_mode="asgi")


@weather.event
async def subscribe(sid, data):
    query = weather.get_environ(sid)["QUERY_STRING"]
    assert query.startswith("api=1&applicationKey=key&"), query
    await weather.emit("subscribed", {"devices": [{"apiKey": key} for key in data["apiKeys"]]})
    await weather.emit("data", {"tempf": 68.5})


stations = socketio.ASGIApp(weather)
