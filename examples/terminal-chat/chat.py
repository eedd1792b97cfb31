"""The chat of `examples/chat` in a terminal: what is typed is said, what others say is printed.

One blocking client. The main thread reads the terminal; the client's own thread runs the
handlers. Every message has a key of its own, so that it can be sent again after a
connection broke, and is said once all the same.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import threading
from collections.abc import Mapping
from typing import Any

try:
    from sio_client import Client
    from sio_client.exceptions import BadNamespaceError, ConnectionError, TimeoutError
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install sio-client")


class Chat:
    """One person in one room."""

    def __init__(self, nick: str, room: str) -> None:
        self.sio = Client()
        self._nick = nick
        self._room = room
        self._token = secrets.token_hex(16)  # with it the nickname is still ours after a break
        self._seen: set[str] = set()
        self._ready = threading.Event()
        self._over = threading.Event()
        self.sio.on("connect", self._enter)
        self.sio.on("disconnect", self._left)
        self.sio.on("__disconnect_final", self._ended)
        self.sio.on("post", self._show)
        self.sio.on("presence", self._announce)

    def open(self, url: str) -> None:
        """Connect. Raises: ConnectionError, with what the server said in its `data`."""
        self.sio.connect(url, auth={"nick": self._nick, "token": self._token}, wait_timeout=5)

    def say(self, text: str) -> None:
        """Say something, again if need be, until the server has it."""
        message = {"room": self._room, "text": text, "key": secrets.token_hex(8)}
        while not self._over.is_set():
            if not self._ready.wait(0.5):
                continue
            try:
                answer = self.sio.call("say", message, timeout=10)
            except (TimeoutError, BadNamespaceError):
                # Nobody knows whether it arrived: the key tells the server.
                self._over.wait(0.1)
                continue
            if "error" in answer:
                show(f"* {answer['error']}")
            return

    # Handlers, in the client's thread ---------------------------------------------

    def _enter(self) -> None:
        # A handler may wait: the next ones run in another thread meanwhile.
        answer = self.sio.call("join", {"room": self._room})
        if "error" in answer:
            show(f"* {answer['error']}")
            return
        show(f"* In {answer['room']}: {', '.join(answer['people'])}")
        for post in answer["posts"]:
            self._show(post)
        self._ready.set()

    def _left(self, reason: str) -> None:
        self._ready.clear()
        show(f"* Disconnected: {reason}")

    def _ended(self) -> None:
        self._over.set()

    def _show(self, post: Mapping[str, Any]) -> None:
        if post["id"] not in self._seen:  # what was there before a break is not news
            self._seen.add(post["id"])
            picture = " [a picture]" if "picture" in post else ""
            show(f"{post['nick']}: {post['text']}{picture}")

    def _announce(self, note: Mapping[str, Any]) -> None:
        show(f"* {note['nick']} {note['change']}")


def show(text: str) -> None:
    """Print a line, without what could speak to the terminal."""
    print("".join(c if c.isprintable() else "?" for c in text), flush=True)


def explain(error: ConnectionError) -> str:
    """Say in one line why there is no connection."""
    refused = error.data.get("/") if isinstance(error.data, dict) else None
    return refused["message"] if isinstance(refused, dict) else str(error)


def main() -> int:
    """Chat until the input ends, or Ctrl-C. Returns: the exit code."""
    parser = argparse.ArgumentParser(description="The chat of examples/chat, in a terminal.")
    parser.add_argument("nick", help="your nickname")
    parser.add_argument("--room", default="lobby", help="the room (%(default)s)")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="the chat (%(default)s)")
    options = parser.parse_args()
    chat = Chat(options.nick, options.room)
    try:
        chat.open(options.url)
    except (ConnectionError, ValueError) as error:
        text = explain(error) if isinstance(error, ConnectionError) else str(error)
        print(text, file=sys.stderr)
        return 1
    try:
        for line in sys.stdin:
            if line.strip():
                chat.say(line.strip())
    except KeyboardInterrupt:
        return 130
    finally:
        chat.sio.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(main())
