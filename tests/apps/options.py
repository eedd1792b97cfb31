"""What the applications for ASGI and for WSGI are told by the environment."""

import json
import os
from typing import Any

from sio_core.json import StdlibJSON

NAMESPACES = ("/", "/custom")

FILES = {
    "/": "index.html",
    "/plain": {"filename": "index.html", "content_type": "text/plain"},
    "/one.js": "public/app.js",
    "/static": "./public",
    "/typed": {"filename": "./public", "content_type": "text/x-special"},
    "/missing": "no-such-file.txt",
    "/socket.io/hidden": "index.html",
}
INDEX: dict[str, dict[str, Any]] = {
    "": {},
    "file": {"": "image.gif"},
    "typed": {"": {"filename": "image.gif", "content_type": "text/plain"}},
}


def read_options(defaults: dict[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments of the server: those of `SIO_TEST_OPTIONS`, and `defaults`."""
    options: dict[str, Any] = {**defaults, **json.loads(os.environ.get("SIO_TEST_OPTIONS", "{}"))}
    if options.pop("functions", False):
        options["allow_request"] = _allow_request
        options["generate_id"] = iter(f"session-{number}" for number in range(10_000)).__next__
        options["cors_allowed_origins"] = lambda origin: origin == "https://app.example"
    if options.pop("stdlib_json", False):
        options["json"] = StdlibJSON()
    return options


def _allow_request(environ: dict[str, Any]) -> bool | str:
    return "not today" if "deny" in environ["QUERY_STRING"] else "no" not in environ["QUERY_STRING"]


def static_files() -> dict[str, Any]:
    """Return the static files in all forms that the documentation has, with one kind of index."""
    return {**FILES, **INDEX[os.environ["SIO_TEST_INDEX"]]}
