"""The command's arguments: what is wrong with them is said before anything is connected."""

from __future__ import annotations

import argparse
import json
from typing import Any

from ..__about__ import __version__
from ..settings.settings import check_header
from ..user_agent.routes.endpoint import Endpoint

DESCRIPTION = """\
Connect to a Socket.IO server, print its events as they come, and send lines of
the input as events.
"""

EPILOG = """\
A line is the name of an event and its arguments, JSON values with spaces
between them; what is not JSON is sent as one text. A name with spaces in it is
written as a JSON string. Acknowledgements are printed when they come.

    say "hello" {"room": 1}       two arguments
    say hello there               one text
    "my message" {"a": 1}         an event called my message

Events and acknowledgements go to the standard output, everything else to the
standard error. While a lost connection is made again, the input waits.

exit codes:
  0    the input ended, or the server disconnected the client
  1    the connection could not be made, or was lost for good; or a line could
       not be sent
  2    wrong arguments
  130  Ctrl-C

examples:
  python -m sio_client http://localhost:5000
  python -m sio_client http://localhost:5000 -n /chat -a '{"token": "secret"}'
  python -m sio_client http://localhost:5000 --listen < /dev/null
  echo 'say "hello"' | python -m sio_client https://example.com -t websocket
"""


def grammar() -> argparse.ArgumentParser:
    """The parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m sio_client",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "url", metavar="URL", type=_url, help="the server, such as http://localhost:5000"
    )
    _add_connection(parser)
    _add_behaviour(parser)
    parser.add_argument("--version", action="version", version=f"sio-client {__version__}")
    return parser


def _add_connection(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the connection").add_argument
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
    add(
        "--path",
        default="socket.io",
        type=_path,
        help="the path of the endpoint (default: socket.io)",
    )
    add(
        "--serializer",
        choices=("default", "msgpack", "cbor"),
        default="default",
        help="how packets are written, the same as on the server (default: as JSON)",
    )
    add(
        "--protocol",
        type=int,
        choices=(3, 4),
        help="of Engine.IO: 3 for servers of Socket.IO 1 and 2, 4 for others (default: find out)",
    )
    add("--insecure", action="store_true", help="do not verify the server's certificate")


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("what it does").add_argument
    add("--listen", action="store_true", help="stay connected when the input has ended")
    add("--no-reconnect", action="store_true", help="end when the connection is lost")
    add(
        "--timeout",
        type=_seconds,
        default=10.0,
        metavar="SECONDS",
        help="how long connecting and the last acknowledgements may take (default: 10)",
    )
    add(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colour the output (default: auto, on a terminal only)",
    )
    add("-v", "--verbose", action="store_true", help="log what the client does")


def _url(text: str) -> str:
    try:
        Endpoint.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _path(text: str) -> str:
    try:
        Endpoint.parse("http://localhost", text)
    except ValueError:
        raise argparse.ArgumentTypeError("contains spaces or control characters") from None
    return text


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
    try:
        check_header(name.strip(), value.strip())
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return name.strip(), value.strip()


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError("must be a number of seconds above 0")
    return value
