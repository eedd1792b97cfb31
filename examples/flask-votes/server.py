"""A vote with Flask: its pages and Socket.IO clients count together, and everybody sees it at once.

`app.wsgi_app = WSGIApp(sio, app.wsgi_app)` is all that binds the two: the
requests of Socket.IO go to `sio`, all others to Flask.
"""

from __future__ import annotations

import argparse
import errno
import logging
import socket
import sys
import threading
from typing import Any

try:
    from flask import Flask, abort, redirect, render_template_string, url_for
    from werkzeug.serving import make_server
    from werkzeug.wrappers import Response

    from sio_wsgi import Server, WSGIApp
except ModuleNotFoundError as missing:
    sys.exit(f"{missing.name} is missing. Run: pip install flask sio-wsgi")

PAGE = """<!doctype html>
<html lang="en"><title>Votes</title><h1>Votes</h1>
{% for choice, count in votes.items() %}
<form method="post" action="{{ url_for('vote_by_form', choice=choice) }}">
  <button>{{ choice }}</button> {{ count }}
</form>
{% endfor %}
"""

app = Flask(__name__)
sio = Server(async_mode="threading")
app.wsgi_app = WSGIApp(sio, app.wsgi_app)

votes = {"coffee": 0, "tea": 0}
counting = threading.Lock()


def count(choice: object) -> bool:
    """Count one vote and show everybody the result. Returns false if there is no such choice."""
    if not isinstance(choice, str) or choice not in votes:
        return False
    with counting:  # requests and events run in threads; results go out in the order of the votes
        votes[choice] += 1
        sio.emit("votes", votes)
    return True


@app.get("/")
def index() -> str:
    """The result, with a button for each choice."""
    return render_template_string(PAGE, votes=votes)


@app.post("/votes/<choice>")
def vote_by_form(choice: str) -> Response:
    """Count the vote of a browser without a script: Flask's views may emit."""
    if not count(choice):
        abort(404)
    return redirect(url_for("index"), 303)


@sio.event
def connect(sid: str, environ: dict[str, Any]) -> None:
    """Show the result to whoever comes."""
    sio.emit("votes", votes, to=sid)


@sio.event
def vote(sid: str, choice: object) -> bool:
    """Count a vote; what is returned is the client's acknowledgement."""
    return count(choice)


def main() -> int:
    """Serve until Ctrl-C, with Flask's development server. Returns the exit code."""
    parser = argparse.ArgumentParser(description="A vote with Flask and Socket.IO.")
    parser.add_argument("--port", type=int, default=5000, help="port (%(default)s); 0: a free one")
    port = parser.parse_args().port
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        print(explain(error, port), file=sys.stderr)
        return 1
    port = listener.getsockname()[1]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # no line for each request
    server = make_server("127.0.0.1", port, app, threaded=True, fd=listener.fileno())
    print(f"Votes: http://127.0.0.1:{port}/", flush=True)
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
