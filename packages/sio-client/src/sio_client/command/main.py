"""The command `python -m sio_client`: connect, print events as they come, send lines as events."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import Any, TextIO

from sio_core.exceptions import (
    BadNamespaceError,
    ConnectionError,
    DisconnectedError,
    SocketIOError,
)
from sio_core.reasons import reason

from ..client import Client
from .arguments import grammar
from .input_lines import parse_line, read_lines
from .output import Printer

ENDED, FAILED, INTERRUPTED = 0, 1, 130
"""Exit codes; argparse has 2 for wrong use."""
WANTED = ("", reason.CLIENT_DISCONNECT, reason.SERVER_DISCONNECT)


def main(arguments: Sequence[str] | None = None, source: TextIO | None = None) -> int:
    """Run the command. Returns the exit code."""
    options = grammar().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Any character can be printed, whatever the terminal's encoding.
            stream.reconfigure(errors="backslashreplace")
    printer = Printer(sys.stdout, sys.stderr, color=options.color)
    try:
        status = Session(options, printer).run(read_lines(sys.stdin if source is None else source))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImportError as error:  # of a serializer whose library is not there
        printer.error(str(error))
        return FAILED
    finally:
        if printer.broken is not None:
            # The interpreter must not try to flush what cannot be written.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if printer.broken is None or isinstance(printer.broken, BrokenPipeError):
        return status  # the reader of the output has closed it
    printer.error(f"cannot write the output: {printer.broken.strerror}")
    return FAILED


class Session:
    """A `Session` is one run of the command, from the connection to its end."""

    def __init__(self, options: argparse.Namespace, printer: Printer) -> None:
        self._options = options
        self._printer = printer
        self._namespace: str = options.namespace
        self._client = Client(
            reconnection=not options.no_reconnect,
            serializer=options.serializer,
            protocol=options.protocol,
            request_timeout=options.timeout,
            ssl_verify=not options.insecure,
            handle_sigint=False,
            logger=options.verbose,
            engineio_logger=options.verbose,
        )
        self._changed = threading.Condition()
        self._owed: set[object] = set()
        self._connected = False
        self._life = 0  # counts the connections that were lost
        self._ended = False
        self._reason = ""
        self._status = ENDED
        on = self._client.on
        on("connect", self._on_connect, self._namespace)
        on("connect_error", self._on_connect_error, self._namespace)
        on("disconnect", self._on_disconnect, self._namespace)
        on("__disconnect_final", self._end, self._namespace)
        on("*", self._on_event, self._namespace)

    def run(self, lines: Iterable[str]) -> int:
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
            with self._changed:
                self._changed.wait_for(lambda: self._ended)
        finally:
            client.disconnect()
        return self._status if self._reason in WANTED else FAILED

    # Input ------------------------------------------------------------------

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            if line.strip():
                self._send(line)
            if self._ended:
                return
        if self._options.listen:
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._owed or self._ended, self._options.timeout)
        self._give_up_acknowledgements()
        self._end()

    def _send(self, line: str) -> None:
        name, args = parse_line(line)
        while (life := self._wait_for_connection()) is not None:
            try:
                return self._emit(name, args)
            except (BadNamespaceError, DisconnectedError):
                # The connection was lost just now: the line is for the next one.
                self._wait_for_disconnect(life)
            except (SocketIOError, ValueError) as error:
                self._printer.error(f"not sent: {error}")
                self._status = FAILED
                return None
        return None

    def _wait_for_connection(self) -> int | None:
        """Wait until there is one. Returns its number, None when there will be none any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._connected or self._ended)
            return None if self._ended else self._life

    def _wait_for_disconnect(self, life: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._life != life or self._ended)

    def _emit(self, name: str, args: tuple[Any, ...]) -> None:
        token = object()

        def acknowledged(*values: Any) -> None:
            self._printer.acknowledged(name, values)
            self._settle(token)
            self._check_output()

        with self._changed:
            self._owed.add(token)
        try:
            self._client.emit(name, args, namespace=self._namespace, callback=acknowledged)
        except BaseException:
            self._settle(token)
            raise

    def _settle(self, token: object) -> None:
        with self._changed:
            self._owed.discard(token)
            self._changed.notify_all()

    def _give_up_acknowledgements(self) -> None:
        with self._changed:
            count = len(self._owed)
            self._owed.clear()
        if count:
            self._printer.status(f"not acknowledged: {count} of the events sent")

    # Output -----------------------------------------------------------------

    def _on_connect(self) -> None:
        client, name = self._client, self._namespace
        try:
            way = client.transport()
        except DisconnectedError:
            return  # it is lost already, as the next handler will say
        self._printer.status(f"connected to {name} by {way}, sid {client.get_sid(name)}")
        with self._changed:
            self._connected = True
            self._reason = ""
            self._changed.notify_all()

    def _on_connect_error(self, *data: Any) -> None:
        if self._life:  # of the first attempt `connect` says it
            self._printer.failure("connecting again failed", data)

    def _on_disconnect(self, why: str) -> None:
        self._printer.status(f"disconnected: {why}")
        self._give_up_acknowledgements()
        with self._changed:
            self._connected = False
            self._life += 1
            self._reason = str(why)
            self._changed.notify_all()

    def _on_event(self, name: Any, *args: Any) -> None:
        self._printer.event(name, args)
        self._check_output()

    def _check_output(self) -> None:
        if self._printer.broken is not None:
            self._end()

    def _end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
