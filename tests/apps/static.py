"""Static files in all forms that the documentation has, relative to `SIO_TEST_FILES`."""

import os

from sio_asgi import ASGIApp
from tests.apps.echo import make_server

os.chdir(os.environ["SIO_TEST_FILES"])

FILES = {
    "/": "index.html",
    "/plain": {"filename": "index.html", "content_type": "text/plain"},
    "/one.js": "public/app.js",
    "/static": "./public",
    "/typed": {"filename": "./public", "content_type": "text/x-special"},
    "/missing": "no-such-file.txt",
    "/socket.io/hidden": "index.html",
}
INDEX = {
    "": {},
    "file": {"": "image.gif"},
    "typed": {"": {"filename": "image.gif", "content_type": "text/plain"}},
}
app = ASGIApp(make_server(), static_files={**FILES, **INDEX[os.environ["SIO_TEST_INDEX"]]})
