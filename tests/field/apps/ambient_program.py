"""What a program, such as Home Assistant, does with aioambient; the server is its argument."""

import asyncio
import json
import sys

import aioambient.websocket
from aioambient import Websocket
from aioambient.errors import WebsocketError


async def main(url):
    said = []
    data = asyncio.Event()
    gone = asyncio.Event()
    aioambient.websocket.WEBSOCKET_API_BASE = url
    sio = Websocket("key", ["one", "two"])

    async def connected():
        said.append("connected")

    def heard(found):
        said.append(found)
        data.set()

    sio.async_on_connect(connected)
    sio.on_subscribed(said.append)
    sio.on_data(heard)
    sio.on_disconnect(gone.set)
    await sio.connect()
    await asyncio.wait_for(data.wait(), 30)
    await sio.disconnect()
    await asyncio.wait_for(gone.wait(), 30)
    aioambient.websocket.WEBSOCKET_API_BASE = "http://127.0.0.1:1"
    try:
        await Websocket("key", "one").connect()
    except WebsocketError:
        said.append("nobody there")
    return said


print(json.dumps(asyncio.run(main(sys.argv[1]))))
