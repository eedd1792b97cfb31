"""A client of pydantic-socketio in either colour: what it sends and gets is checked."""

import asyncio
import json
import queue
import sys

from pydantic import BaseModel, ValidationError
from pydantic_socketio import AsyncClient, Client


class Order(BaseModel):
    """What clients send and get."""

    what: str
    count: int = 1


def blocking(url: str) -> list:
    sio, got = Client(), queue.Queue()
    sio.register_emit("order", Order)
    sio.on("ordered", lambda order: got.put(order))
    sio.connect(url)
    answer = sio.call("order", Order(what="tea", count=3), response_model=Order)
    try:
        sio.emit("order", {"count": "many"})
        refused = "sent"
    except ValidationError:
        refused = "refused"
    found = [type(answer).__name__, answer.model_dump(), got.get(timeout=30), refused]
    sio.disconnect()
    return found


async def asynchronous(url: str) -> list:
    sio, got = AsyncClient(), asyncio.Queue()

    @sio.on("ordered")
    async def ordered(order: Order):
        await got.put(order)

    await sio.connect(url)
    answer = await sio.call("measure", (4, 5))
    await sio.emit("order", Order(what="tea"))
    order = await asyncio.wait_for(got.get(), 30)
    found = [answer, type(order).__name__, order.model_dump()]
    await sio.disconnect()
    return found


if __name__ == "__main__":
    print(json.dumps([blocking(sys.argv[1]), asyncio.run(asynchronous(sys.argv[1]))]))
