"""A chat for several browser windows: names, rooms, typing, pictures, and who is there.

Run it with `python3 dev.py demo` at the root of the repository, or by itself where `sio-compat`,
`sio-asgi` and `uvicorn` are installed. `chatroom.py` holds the rules and the state; this file binds
them to Socket.IO events and serves the page in `public/`.
"""

from __future__ import annotations

import argparse
import errno
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from chatroom import Chat, Person, Post, Refused, read_picture

import socketio

HERE = Path(__file__).resolve().parent
PUBLIC = HERE / "public"
CLIENT = HERE / "node_modules" / "socket.io-client" / "dist" / "socket.io.esm.min.js"

Answer = dict[str, Any]
Handler = Callable[["ChatEvents", str, Mapping[str, object]], Awaitable[Answer]]


def request(handler: Handler) -> Callable[..., Awaitable[Answer]]:
    """Make an event handler out of a function that takes one dictionary.

    Returns: a handler that copes with any arguments, and answers a broken rule with its text.
    """

    async def answer(self: ChatEvents, sid: str, *args: object) -> Answer:
        fields = args[0] if args and isinstance(args[0], dict) else {}
        try:
            return await handler(self, sid, fields)
        except Refused as refusal:
            return {"error": str(refusal), "field": refusal.about}

    return answer


class ChatEvents(socketio.AsyncNamespace):
    """The events of the chat; what a handler returns is the acknowledgement."""

    def __init__(self, chat: Chat) -> None:
        super().__init__("/")
        self.chat = chat

    async def on_connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        """Let a browser in when its nickname is free."""
        fields = auth if isinstance(auth, dict) else {}
        try:
            replaced = self.chat.arrive(sid, fields.get("nick"), fields.get("token"))
        except Refused as refusal:
            data = {"field": refusal.about}
            raise socketio.exceptions.ConnectionRefusedError(str(refusal), data) from None
        if replaced is not None:
            await self._say_goodbye(replaced.sid)
            await self.disconnect(replaced.sid)

    async def on_disconnect(self, sid: str, reason: str) -> None:
        """Tell the others that somebody is gone."""
        await self._say_goodbye(sid)

    @request
    async def on_join(self, sid: str, fields: Mapping[str, object]) -> Answer:
        """Enter a room; the answer is what was said there before and who is there."""
        person, room, new = self.chat.enter(sid, fields.get("room"))
        await self.enter_room(sid, room.name)
        if new:
            await self._announce(person, room.name, "joined")
        posts = [post.to_client() for post in room.posts]
        return {"room": room.name, "nick": person.nick, "people": room.nicks(), "posts": posts}

    @request
    async def on_leave(self, sid: str, fields: Mapping[str, object]) -> Answer:
        """Leave a room."""
        person, room = self.chat.leave(sid, fields.get("room"))
        await self.leave_room(sid, room)
        await self._announce(person, room, "left")
        return {"ok": True}

    @request
    async def on_say(self, sid: str, fields: Mapping[str, object]) -> Answer:
        """Say something in a room."""
        post = self.chat.said(sid, fields)
        return _receipt(post or await self._publish(sid, self.chat.say(sid, fields)))

    @request
    async def on_picture(self, sid: str, fields: Mapping[str, object]) -> Answer:
        """Show a picture in a room; it arrives as bytes, with a text beside it."""
        picture = read_picture(fields.get("picture"))
        post = self.chat.said(sid, fields)
        return _receipt(post or await self._publish(sid, self.chat.say(sid, fields, picture)))

    @request
    async def on_typing(self, sid: str, fields: Mapping[str, object]) -> Answer:
        """Pass on that somebody started or stopped typing."""
        person, room = self.chat.place(sid, fields.get("room"))
        note = {"room": room.name, "nick": person.nick, "active": fields.get("active") is True}
        await self.emit("typing", note, room=room.name, skip_sid=sid)
        return {"ok": True}

    async def _publish(self, sid: str, post: Post) -> Post:
        await self.emit("post", post.to_client(), room=post.room, skip_sid=sid)
        return post

    async def _say_goodbye(self, sid: str) -> None:
        person = self.chat.depart(sid)
        if person is None:
            return
        for room in person.rooms:
            await self._announce(person, room, "left")

    async def _announce(self, person: Person, room: str, change: str) -> None:
        people = self.chat.people(room)
        note = {"room": room, "nick": person.nick, "change": change, "people": people}
        await self.emit("presence", note, room=room, skip_sid=person.sid)
        await self.emit("rooms", self.chat.rooms())


def _receipt(post: Post) -> Answer:
    return {"ok": True, "id": post.id, "time": post.time}


def build_app(on_startup: Callable[[], None] | None = None) -> socketio.ASGIApp:
    """Build the ASGI application: the chat at `/socket.io/` and the page everywhere else."""
    sio = socketio.AsyncServer(async_mode="asgi")
    sio.register_namespace(ChatEvents(Chat()))
    icon = {"filename": str(PUBLIC / "favicon.svg"), "content_type": "image/svg+xml"}
    static_files = {
        "/": str(PUBLIC / "index.html"),
        "/static/favicon.svg": icon,
        "/static/socket.io.js": str(CLIENT),
        "/static": str(PUBLIC),
    }
    return socketio.ASGIApp(sio, static_files=static_files, on_startup=on_startup)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket here, so that a port that is taken is noticed before anything else.

    Raises: OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def explain(error: OSError, host: str, port: int) -> str:
    """Say in one line why the server cannot listen, and what to do about it."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken. Choose another with --port (0 finds a free one)."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}."


def address(listener: socket.socket) -> str:
    """Build the address to open in a browser."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # Listens everywhere; a browser needs one place to go to.
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def main() -> int:
    """Run the chat until Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="A chat for several browser windows.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=8000, type=int, help="port (%(default)s); 0: a free one")
    options = parser.parse_args()
    if not CLIENT.is_file():
        print(
            "The JavaScript client is missing. Run `npm ci` in examples/chat, "
            "or start the chat with `python3 dev.py demo`.",
            file=sys.stderr,
        )
        return 1
    try:
        listener = listen(options.host, options.port)
    except (OSError, OverflowError) as error:
        reason = error if isinstance(error, OSError) else OSError("not a port number")
        print(explain(reason, options.host, options.port), file=sys.stderr)
        return 1
    serve(listener)
    return 0


def serve(listener: socket.socket) -> None:
    """Serve the chat on a listening socket until Ctrl-C."""

    def announce() -> None:
        print(f"Chat is running at {address(listener)}", flush=True)

    app = build_app(on_startup=announce)
    # A browser that still waits for a long poll must not hold up Ctrl-C for more than a second.
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        print("\nChat stopped.")
    finally:
        listener.close()


if __name__ == "__main__":
    sys.exit(main())
