"""One server of a fleet, in threads: `python cluster_wsgi_app.py SERVER REDIS CHANNEL PORT`.

It answers what `cluster_app.py` answers, with the blocking server under a server of `wsgi_app.py`.
"""

import sys
import time
from typing import Any

import wsgi_app
from handlers import NEWS


def make_app(async_mode: str) -> Any:
    """Return the application; made where it is served, for gunicorn forks."""
    import socketio  # after `wsgi_app`, which hides msgspec from it

    library: Any = socketio  # one of two, with the same names
    manager = library.RedisManager(sys.argv[2], channel=sys.argv[3])
    sio = library.Server(async_mode=async_mode, ping_interval=300, client_manager=manager)
    inner = library.WSGIApp(sio)

    @sio.event  # type: ignore[untyped-decorator]
    def connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        for room in (auth or {}).get("rooms", ()):
            sio.enter_room(sid, room)

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        parts = environ["PATH_INFO"].split("/")
        if parts[1] not in ("emit", "usage"):
            return inner(environ, start_response)
        if parts[1] == "emit":
            for _ in range(int(parts[2])):
                sio.emit("news", NEWS, room=parts[3] or None)
        body = b"%d" % time.process_time_ns()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return app


if __name__ == "__main__":
    wsgi_app.make_app = make_app
    wsgi_app.main(sys.argv[1], int(sys.argv[4]))
