"""FastAPI with Socket.IO beside it, by the two packages that join them; served by uvicorn."""

from fastapi import FastAPI
from fastapi_socketio import SocketManager
from pydantic import BaseModel
from pydantic_socketio import FastAPISocketIO, SioDep


class Order(BaseModel):
    """What clients send and get."""

    what: str
    count: int = 1


app = FastAPI()

# fastapi-socketio: under /ws/socket.io
manager = SocketManager(app)


@manager.on("connect")
async def connected(sid, environ, auth):
    assert environ["asgi.scope"]["type"] in ("http", "websocket")
    await manager.save_session(sid, {"name": (auth or {}).get("name", "nobody")})
    await manager.emit("welcome", environ["QUERY_STRING"].split("&")[0], to=sid)


@app.sio.on("join")
async def joined(sid, room):
    await manager.enter_room(sid, room)
    await manager.emit("lobby", (await manager.get_session(sid))["name"], room=room)
    return "joined", room


@app.sio.on("ask me")
async def asked(sid):
    return await manager.call("question", {"of": "life"}, to=sid)


@app.sio.on("go away")
async def left(sid):
    await manager.disconnect(sid)


@app.get("/news/{text}")
async def news(text: str):
    await manager.emit("news", text)
    return {"told": text}


# pydantic-socketio: under /socket.io
orders = FastAPISocketIO(app)


@orders.on("order")
async def ordered(sid: str, order: Order):
    await orders.emit("ordered", order, to=sid)
    return Order(what=order.what.upper(), count=order.count * 2)


@orders.on("measure")
def measured(sid: str, width: int, height: int = 2):
    return width * height


@app.get("/orders/{what}")
async def place(what: str, sio: SioDep):
    await sio.emit("ordered", Order(what=what))
    return {}
