"""A ticker in Sanic: prices change in a background task, and clients follow those they name.

A page sets the name of its user in a cookie; the connect handler finds it in Sanic's own request.
"""

import argparse
import random
from typing import Any

from sanic import HTTPResponse, Request, Sanic, html, json
from sanic.exceptions import NotFound

from sio_sanic import AsyncServer, ConnectionRefusedError

app = Sanic("ticker")
sio = AsyncServer(async_mode="sanic")
sio.attach(app)

PAGE = """<!doctype html><title>Ticker</title>
<p>Hello <b>{name}</b>.</p><ul id="prices"></ul>
<script src="https://cdn.socket.io/4.8.1/socket.io.min.js"></script>
<script>
  const socket = io();
  socket.on("connect", () => socket.emit("follow", ["tea", "coffee"]));
  socket.on("price", (good, price) => {{
    const id = "good-" + good;
    const line = document.getElementById(id) || document.createElement("li");
    line.id = id;
    line.textContent = good + ": " + price;
    document.getElementById("prices").append(line);
  }});
</script>"""


@app.on_request
async def user(request: Request) -> None:
    """Know the user of every request, of the clients of Socket.IO too."""
    request.ctx.user = request.cookies.get("user") or request.args.get("user")


@app.get("/")
async def index(request: Request) -> HTTPResponse:
    """Show the page to its user, who has a cookie from now on."""
    name = request.ctx.user if request.ctx.user and request.ctx.user.isalnum() else "guest"
    response = html(PAGE.format(name=name))
    response.add_cookie("user", name, secure=False)
    return response


@app.get("/price/<good:str>")
async def price(request: Request, good: str) -> HTTPResponse:
    """Answer with the price of today."""
    if good not in app.ctx.prices:
        raise NotFound(f"no price of {good}")
    return json(app.ctx.prices[good])


@app.post("/price/<good:str>")
async def set_price(request: Request, good: str) -> HTTPResponse:
    """Set a price, and tell those who follow it: an emit from a route."""
    app.ctx.prices[good] = request.json
    await sio.emit("price", (good, request.json), room=good)
    return json({"told": good})


@app.before_server_start
async def begin(app: Sanic[Any, Any]) -> None:
    """Begin with the prices of the day."""
    app.ctx.prices = {"tea": 100, "coffee": 200}
    app.add_task(change_prices)


async def change_prices(app: Sanic[Any, Any]) -> None:
    """Change a price now and then; Sanic ends the task when it stops."""
    while True:
        await sio.sleep(app.config.get("TICK", 1.0))
        good = random.choice(list(app.ctx.prices))
        app.ctx.prices[good] += random.choice((-1, 1))
        await sio.emit("price", (good, app.ctx.prices[good]), room=good)


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    """Let in whoever has a name, and remember it."""
    name = environ["sanic.request"].ctx.user
    if not name:
        raise ConnectionRefusedError("open the page first")
    await sio.save_session(sid, {"user": name})


@sio.event
async def follow(sid: str, goods: list[str]) -> dict[str, int]:
    """Send the prices of `goods` from now on. Returns those of now."""
    known = [good for good in goods if good in app.ctx.prices]
    for good in known:
        await sio.enter_room(sid, good)
    async with sio.session(sid) as session:
        session["follows"] = known
    return {good: app.ctx.prices[good] for good in known}


def main() -> None:
    """Serve on the port of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, default=8000, help="the port")
    parser.add_argument("--tick", type=float, default=1.0, help="seconds between two changes")
    given = parser.parse_args()
    app.config.TICK = given.tick
    app.run(given.host, given.port, single_process=True)


if __name__ == "__main__":
    main()
