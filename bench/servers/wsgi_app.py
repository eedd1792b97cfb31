"""The measured application under one WSGI server: `python wsgi_app.py SERVER PORT`.

SERVER is one of the names in `WSGI_SERVERS` of `sides.py`; msgspec is hidden. Nothing is
monkey-patched, which neither side needs. Every interpreter of a comparison runs this file and
takes its own `socketio`.
"""

import sys
from typing import Any

if "msgspec" not in sys.modules:
    sys.modules["msgspec"] = None  # type: ignore[assignment]  # as if it were not installed

import socketio
import tls
from handlers import register_blocking

THREADS = 250
"""Two for each client of `pollecho`, and more."""


def make_app(async_mode: str) -> Any:
    """Return the application; made where it is served, for gunicorn forks."""
    sio: Any = socketio.Server(async_mode=async_mode)
    register_blocking(sio)
    return socketio.WSGIApp(sio)


def serve_gunicorn(port: int) -> None:
    """Serve with one process and many threads until it is ended."""
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):  # type: ignore[misc]  # untyped
        def load_config(self) -> None:
            options = {
                "bind": f"127.0.0.1:{port}",
                "worker_class": "gthread",
                "threads": THREADS,
                "keepalive": 60,
                "graceful_timeout": 1,
                "loglevel": "error",
                "control_socket_disable": True,
                **tls.files(),
            }
            for name in options.keys() & self.cfg.settings.keys():
                self.cfg.set(name, options[name])

        def load(self) -> Any:
            return make_app("threading")

    Application().run()


def serve_pywsgi(port: int) -> None:
    """Serve until the process is ended; python-socketio has its WebSockets from the handler."""
    from gevent.pywsgi import WSGIServer
    from geventwebsocket.handler import WebSocketHandler

    app = make_app("gevent")
    where = ("127.0.0.1", port)
    WSGIServer(where, app, log=None, handler_class=WebSocketHandler, **tls.files()).serve_forever()


def serve_eventlet(port: int) -> None:
    """Serve until the process is ended."""
    import eventlet
    import eventlet.wsgi

    app = make_app("eventlet")
    listening = eventlet.listen(("127.0.0.1", port))
    if files := tls.files():
        listening = eventlet.wrap_ssl(listening, server_side=True, **files)
    eventlet.wsgi.server(listening, app, log_output=False)


def main(server: str, port: int) -> None:
    """Serve the application on a loopback port with the named server."""
    serve = {"gunicorn": serve_gunicorn, "pywsgi": serve_pywsgi, "eventlet": serve_eventlet}
    if server not in serve:
        raise SystemExit(f"unknown server {server}")
    serve[server](port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
