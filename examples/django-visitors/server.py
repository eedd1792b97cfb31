"""Visitors with Django: Socket.IO clients are known by the session of Django's page.

`wsgi.py` binds the two, `events.py` has the events, `views.py` and
`settings.py` are Django's. This file serves the whole on one port.
"""

from __future__ import annotations

import argparse
import errno
import logging
import socket
import sys

try:
    from werkzeug.serving import make_server
    from wsgi import application, sio
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install django werkzeug sio-wsgi")


def main() -> int:
    """Serve until Ctrl-C, with werkzeug's development server. Returns the exit code."""
    parser = argparse.ArgumentParser(description="Visitors of a page, with Django and Socket.IO.")
    parser.add_argument("--port", type=int, default=8000, help="port (%(default)s); 0: a free one")
    port = parser.parse_args().port
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        print(explain(error, port), file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server = make_server("127.0.0.1", port, application, threaded=True, fd=listener.fileno())
    print(f"Visitors: http://127.0.0.1:{port}/", flush=True)
    server.serve_forever()  # ends at Ctrl-C
    sio.shutdown(drain=1)
    return 0


def explain(error: Exception, port: int) -> str:
    """Say in one line why the server cannot start."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken. Choose another with --port, or 0 for a free one."
    return f"Cannot serve on port {port}: {error}"


if __name__ == "__main__":
    sys.exit(main())
