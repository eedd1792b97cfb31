"""The command `python -m sio_client`: connect, print events as they come, send lines as events."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any, TextIO

from sio_core.exceptions import ConnectionError, SocketIOError
from sio_core.reasons import reason

from .__about__ import __version__
from .client import Client
from .printing import Printer

ENDED, FAILED, INTERRUPTED = 0, 1, 130
"""Exit codes; argparse has 2 for wrong use."""
WANTED = ("", reason.CLIENT_DISCONNECT, reason.SERVER_DISCONNECT)

DESCRIPTION = """\
Connect to a Socket.IO server, print its events as they come, and send lines of
the input as events.
"""

EPILOG = """\
A line is the name of an event and its arguments, JSON values with spaces between
them; what is not JSON is sent as one text. The acknowledgement is printed when it
comes.

    say "hello" {"room": 1}       two arguments
    say hello there               one text

exit codes:
  0    the input ended, or the server disconnected the client
  1    the connection could not be made, or was lost for good
  2    wrong arguments
  130  Ctrl-C

examples:
  python -m sio_client http://localhost:5000
  python -m sio_client http://localhost:5000 --namespace /chat --auth '{"token": "secret"}'
  echo 'say "hello"' | python -m sio_client https://example.com --transport websocket
"""


def main(arguments: Sequence[str] | None = None, source: TextIO | None = None) -> int:
    """Run the command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Any byte can be read, any character printed, whatever the terminal's encoding.
            stream.reconfigure(errors="replace" if stream is sys.stdin else "backslashreplace")
    printer = Printer(sys.stdout, sys.stderr, color=options.color)
    try:
        return Session(options, printer).run(sys.stdin if source is None else source)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        if printer.broken:
            # Whoever read the output has enough: the interpreter must not try to flush it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sio_client",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("url", metavar="URL", help="the server, such as http://localhost:5000")
    add("-n", "--namespace", default="/", type=_namespace, help="the namespace (default: /)")
    add(
        "-t",
        "--transport",
        choices=("polling", "websocket"),
        help="use this transport alone (default: begin with polling, go on with websocket)",
    )
    add("-a", "--auth", type=_json_object, metavar="JSON", help="an object to authenticate with")
    add(
        "-H",
        "--header",
        action="append",
        default=[],
        type=_header,
        metavar="'NAME: VALUE'",
        help="a header for every request; may be given several times",
    )
    add("--path", default="socket.io", help="the path of the endpoint (default: socket.io)")
    add("--serializer", choices=("default", "msgpack", "cbor"), default="default")
    add(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="how long connecting and the last acknowledgements may take (default: 10)",
    )
    add("--listen", action="store_true", help="stay connected when the input has ended")
    add("--no-reconnect", action="store_true", help="end when the connection is lost")
    add("--insecure", action="store_true", help="do not verify the server's certificate")
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour the output (default: auto, on a terminal only)",
    )
    add("--version", action="version", version=f"sio-client {__version__}")
    return parser


class Session:
    """One run of the command, from the connection to its end."""

    def __init__(self, options: argparse.Namespace, printer: Printer) -> None:
        self._options = options
        self._printer = printer
        self._namespace: str = options.namespace
        self._client = Client(
            reconnection=not options.no_reconnect,
            serializer=options.serializer,
            request_timeout=options.timeout,
            ssl_verify=not options.insecure,
            handle_sigint=False,
        )
        self._owed = 0
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._ended = False
        self._reason = ""
        on = self._client.on
        on("connect", self._connected, self._namespace)
        on("disconnect", self._disconnected, self._namespace)
        on("__disconnect_final", self._over, self._namespace)
        on("*", self._event, self._namespace)

    def run(self, lines: TextIO) -> int:
        """Connect and stay until the input or the connection ends. Returns the exit code."""
        options, client = self._options, self._client
        try:
            client.connect(
                options.url,
                headers=dict(options.header),
                auth=options.auth,
                transports=options.transport,
                namespaces=[self._namespace],
                socketio_path=options.path,
                wait_timeout=options.timeout,
            )
        except (ConnectionError, ValueError) as error:
            self._printer.error(str(error))
            return FAILED
        try:
            # A thread of its own: reading a terminal cannot be broken off when the server goes.
            reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
            reader.start()
            self._wait()
        finally:
            client.disconnect()
        return ENDED if self._reason in WANTED else FAILED

    # Input ------------------------------------------------------------------

    def _read(self, lines: TextIO) -> None:
        for line in lines:
            if line.strip():
                self._send(line.strip())
            if self._ended:
                return
        with self._lock:
            if not self._options.listen:
                self._settled.wait_for(lambda: not self._owed or self._ended, self._options.timeout)
                self._ended = True
            self._settled.notify_all()

    def _send(self, line: str) -> None:
        name, args = parse_line(line)
        with self._lock:
            self._owed += 1

        def acknowledged(*values: Any) -> None:
            self._printer.acknowledged(name, values)
            with self._lock:
                self._owed -= 1
                self._settled.notify_all()

        try:
            self._client.emit(name, args, namespace=self._namespace, callback=acknowledged)
        except (SocketIOError, ValueError) as error:
            self._printer.error(f"not sent: {error}")
            with self._lock:
                self._owed -= 1

    def _wait(self) -> None:
        with self._lock:
            self._settled.wait_for(lambda: self._ended)

    # Output -----------------------------------------------------------------

    def _connected(self) -> None:
        with self._lock:
            self._reason = ""
        client, name = self._client, self._namespace
        way, sid = client.transport(), client.get_sid(name)
        self._printer.status(f"connected to {name} by {way}, sid {sid}")

    def _disconnected(self, why: str) -> None:
        with self._lock:
            self._reason = str(why)
            # What the server owed it owes no more.
            self._owed = 0
            self._settled.notify_all()
        self._printer.status(f"disconnected: {why}")

    def _over(self) -> None:
        with self._lock:
            self._ended = True
            self._settled.notify_all()

    def _event(self, name: Any, *args: Any) -> None:
        self._printer.event(name, args)
        if self._printer.broken:
            self._over()


def parse_line(line: str) -> tuple[str, tuple[Any, ...]]:
    """The event's name and arguments: JSON values with spaces between, or else one text."""
    name, _, rest = line.partition(" ")
    rest = rest.strip()
    if not rest:
        return name, ()
    decoder = json.JSONDecoder()
    values: list[Any] = []
    at = 0
    try:
        while at < len(rest):
            value, end = decoder.raw_decode(rest, at)
            if end < len(rest) and not rest[end].isspace():
                return name, (rest,)
            values.append(value)
            at = end + len(rest[end:]) - len(rest[end:].lstrip())
    except (ValueError, RecursionError):
        return name, (rest,)
    return name, tuple(values)


def _namespace(text: str) -> str:
    if not text.startswith("/") or "," in text:
        raise argparse.ArgumentTypeError("a namespace begins with '/' and has no ','")
    return text


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError('must be a JSON object, such as \'{"token": "secret"}\'')
    return value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError("must be written as 'Name: value'")
    return name.strip(), value.strip()


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("must be a number of seconds above 0")
    return value
