"""A notice board in Tornado: whoever has signed in pins notes, and everybody sees them at once.

The page signs its user in with a cookie of Tornado's, which the connect handler reads by the
handler of the request.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web
from tornado.escape import json_decode, xhtml_escape

from sio_tornado import AsyncServer, ConnectionRefusedError, get_tornado_handler

sio = AsyncServer(async_mode="tornado")
notes: list[dict[str, str]] = []

PAGE = """<!doctype html><title>Board</title>
<p>Hello <b>{name}</b>.</p><ul id="notes"></ul>
<form id="form"><input id="text" autofocus><button>Pin</button></form>
<script src="https://cdn.socket.io/4.8.1/socket.io.min.js"></script>
<script>
  const socket = io();
  const show = (note) => {{
    const line = document.createElement("li");
    line.textContent = note.user + ": " + note.text;
    document.getElementById("notes").append(line);
  }};
  socket.on("connect", async () => {{
    document.getElementById("notes").textContent = "";
    (await socket.emitWithAck("notes")).forEach(show);
  }});
  socket.on("pinned", show);
  document.getElementById("form").addEventListener("submit", (event) => {{
    event.preventDefault();
    socket.emit("pin", document.getElementById("text").value);
    document.getElementById("text").value = "";
  }});
</script>"""


class User:
    """What the handlers here have in common: a user with a signed cookie."""

    def get_current_user(self: Any) -> str | None:
        """Return the name in the cookie, which nobody else can have made."""
        name = self.get_signed_cookie("user")
        return name.decode() if name else None


class Page(User, tornado.web.RequestHandler):
    """The board."""

    def get(self) -> None:
        """Show it to its user, who is signed in by the name in the query."""
        if name := self.get_query_argument("user", ""):
            self.set_signed_cookie("user", name[:40])
            self.redirect("/")
            return
        self.write(PAGE.format(name=xhtml_escape(self.current_user or "guest: add ?user=Ann")))


class Notes(User, tornado.web.RequestHandler):
    """The notes for programs without Socket.IO."""

    def get(self) -> None:
        """Answer with all of them."""
        self.write({"notes": notes})

    @tornado.web.authenticated
    async def post(self) -> None:
        """Pin one, and tell everybody: an emit from a route."""
        await pin_note(self.current_user, str(json_decode(self.request.body)["text"]))
        self.set_status(201)


class Socket(User, get_tornado_handler(sio)):  # type: ignore[misc]  # a class made for this server
    """The endpoint of Socket.IO, which knows its user as the page does."""


@sio.event
async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
    """Let in who is signed in."""
    user = environ["tornado.handler"].current_user
    if user is None:
        raise ConnectionRefusedError("sign in first")
    await sio.save_session(sid, {"user": user})


@sio.on("notes")
async def list_notes(sid: str) -> list[dict[str, str]]:
    """Answer with the notes that are there."""
    return notes


@sio.event
async def pin(sid: str, text: str) -> None:
    """Pin a note of a client."""
    async with sio.session(sid) as session:
        user = session["user"]
    await pin_note(user, str(text))


async def pin_note(user: str, text: str) -> None:
    """Keep the last hundred notes, and send the new one to all."""
    notes.append({"user": user, "text": text[:200]})
    del notes[:-100]
    await sio.emit("pinned", notes[-1])


async def serve(port: int) -> None:
    """Serve until the process is told to stop, and tell the clients."""
    routes = [(r"/", Page), (r"/notes", Notes), (r"/socket.io/", Socket)]
    app = tornado.web.Application(routes, cookie_secret=secrets.token_hex(), login_url="/")
    server = tornado.httpserver.HTTPServer(app)
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    print(f"Board: http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
    await stopping.wait()
    server.stop()
    await sio.shutdown(drain=1)
    await server.close_all_connections()


def main() -> int:
    """Serve on the port of the command line. Returns the exit code."""
    parser = argparse.ArgumentParser(description="A notice board for several browser windows.")
    parser.add_argument("--port", type=int, default=8000, help="port (%(default)s); 0: a free one")
    port = parser.parse_args().port
    try:
        asyncio.run(serve(port))
    except (OSError, OverflowError) as error:
        print(f"Cannot serve on port {port}: {error}. Choose another with --port.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
