"""Run one WSGI server that has no command line of its own: `-m ... <name> <port> <app>`.

With `SIO_TEST_STOPPING` in the environment it is run as docs/deployment.md says for a graceful
stop, by the very lines there. With `SIO_TEST_PATCHED` the standard library waits in its greenlets.
"""

import importlib
import os
import sys
from typing import Any

from tests.support.moved_program import MOVED
from tests.support.stopping import stopping_lines

CERT = os.environ.get("SIO_TEST_CERT", "")
KEY = os.environ.get("SIO_TEST_KEY", "")
"""Files for TLS; without them the server speaks plainly."""


def main(name: str, port: int, app: str) -> None:
    """Serve `app` (`module:attribute`) on a port of the loopback interface until ended."""
    if "SIO_TEST_PATCHED" in os.environ:
        PATCHES[name]()
    module, _, attribute = app.partition(":")
    loaded = importlib.import_module(module)
    application = getattr(loaded, attribute)
    if "SIO_TEST_STOPPING" in os.environ:
        documented(name, ("127.0.0.1", port), application, loaded.sio)
    else:
        SERVERS[name](("127.0.0.1", port), application)


def documented(name: str, address: tuple[str, int], app: Any, sio: Any) -> None:
    """Run what the documentation has for a server, on another port."""
    library = {"pywsgi": "gevent", "gevent-websocket": "gevent"}.get(name, name)
    if name == "gevent-websocket":
        from gevent.pywsgi import WSGIServer
        from geventwebsocket.handler import WebSocketHandler

        WSGIServer.handler_class = WebSocketHandler
    with MOVED[library](address):
        exec(stopping_lines(library), {"app": app, "sio": sio})


def werkzeug(address: tuple[str, int], app: Any) -> None:
    """Werkzeug's development server, which is Flask's too."""
    import logging

    from werkzeug.serving import run_simple

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    run_simple(*address, app, threaded=True, ssl_context=(CERT, KEY) if CERT else None)


def waitress(address: tuple[str, int], app: Any) -> None:
    """Waitress, which keeps its sockets to itself."""
    from waitress import serve

    serve(app, host=address[0], port=address[1], threads=50)


def pywsgi(address: tuple[str, int], app: Any) -> None:
    """gevent's server."""
    from gevent.pywsgi import WSGIServer

    secure = {"certfile": CERT, "keyfile": KEY} if CERT else {}
    WSGIServer(address, app, log=None, **secure).serve_forever()


def gevent_websocket(address: tuple[str, int], app: Any) -> None:
    """gevent's server with the handler of gevent-websocket."""
    from gevent.pywsgi import WSGIServer
    from geventwebsocket.handler import WebSocketHandler

    WSGIServer(address, app, log=None, handler_class=WebSocketHandler).serve_forever()


def eventlet(address: tuple[str, int], app: Any) -> None:
    """eventlet's server."""
    from eventlet import listen, wrap_ssl, wsgi

    listener = listen(address)
    if CERT:
        listener = wrap_ssl(listener, certfile=CERT, keyfile=KEY, server_side=True)
    wsgi.server(listener, app, log_output=False)


def patch_for_gevent() -> None:
    """Have the standard library wait in greenlets of gevent."""
    from gevent.monkey import patch_all

    patch_all()


def patch_for_eventlet() -> None:
    """Have the standard library wait in greenlets of eventlet."""
    from eventlet import monkey_patch

    monkey_patch()


PATCHES = {
    "pywsgi": patch_for_gevent,
    "gevent-websocket": patch_for_gevent,
    "eventlet": patch_for_eventlet,
}
SERVERS = {
    "werkzeug": werkzeug,
    "waitress": waitress,
    "pywsgi": pywsgi,
    "gevent-websocket": gevent_websocket,
    "eventlet": eventlet,
}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
