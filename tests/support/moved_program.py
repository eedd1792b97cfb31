"""Run a program that names its own port, on another: `-m ... <library> <port> <file>`.

The documented programs listen on all interfaces, on ports of their own. The one
function or class of `library` that opens the port is made to listen on a port
of the loopback interface.
"""

import runpy
import sys
from contextlib import AbstractContextManager
from functools import partialmethod
from typing import Any
from unittest.mock import patch


def main(library: str, port: int, file: str) -> None:
    """Run `file` as if it were started by itself."""
    with MOVED[library](("127.0.0.1", port)):
        runpy.run_path(file, run_name="__main__")


def eventlet(place: tuple[str, int]) -> AbstractContextManager[Any]:
    """`eventlet.listen(...)`."""
    import eventlet

    listen = eventlet.listen
    return patch.object(eventlet, "listen", lambda _address: listen(place))


def gevent(place: tuple[str, int]) -> AbstractContextManager[Any]:
    """`gevent.pywsgi.WSGIServer(...)`."""
    from gevent import pywsgi

    begin = pywsgi.WSGIServer.__init__

    def moved(self: Any, _address: Any, *args: Any, **kwargs: Any) -> None:
        begin(self, place, *args, **kwargs)

    return patch.object(pywsgi.WSGIServer, "__init__", moved)


def flask(place: tuple[str, int]) -> AbstractContextManager[Any]:
    """`Flask.run(...)`."""
    from flask import Flask

    return patch.object(Flask, "run", partialmethod(Flask.run, *place))


def werkzeug(place: tuple[str, int]) -> AbstractContextManager[Any]:
    """`werkzeug.serving.run_simple(...)`."""
    from werkzeug import serving

    run = serving.run_simple

    def moved(_host: str, _port: int, *args: Any, **kwargs: Any) -> None:
        run(*place, *args, **kwargs)

    return patch.object(serving, "run_simple", moved)


def waitress(place: tuple[str, int]) -> AbstractContextManager[Any]:
    """`waitress.serve(...)`."""
    import waitress

    serve = waitress.serve

    def moved(app: Any, listen: str, **kwargs: Any) -> None:
        serve(app, host=place[0], port=place[1], **kwargs)

    return patch.object(waitress, "serve", moved)


MOVED = {
    "eventlet": eventlet,
    "gevent": gevent,
    "flask": flask,
    "waitress": waitress,
    "werkzeug": werkzeug,
}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
