"""The program of a template: `-m ... <number of its end of a socket pair>`."""

import gc
import json
import os
import runpy
import socket
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

Request = dict[str, Any]


def serve(sock: socket.socket) -> Request | None:
    """Fork for each request to run something. Returns there, and once nobody asks any more."""
    with sock, sock.makefile("rb") as requests:
        for line in requests:
            request: Request = json.loads(line)
            if "reap" in request:
                pid, status = os.waitpid(request["reap"], os.WNOHANG)
                answer = os.waitstatus_to_exitcode(status) if pid else None
            else:
                load(request["imports"])
                output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
                gc.freeze()
                answer = os.fork()
                if answer == 0:
                    begin(request, output)
                    return request
                os.close(output)
            sock.sendall(json.dumps(answer).encode() + b"\n")
    return None


def load(names: Sequence[str]) -> None:
    """Import modules, and attributes that are imported when they are asked for."""
    for name in names:
        module, _, attribute = name.partition(":")
        found = import_module(module)
        if attribute:
            getattr(found, attribute)


def begin(request: Request, output: int) -> None:
    """Become a process of its own, which is what it would be if it had not been forked."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, into in enumerate((nothing, output, output)):
        os.dup2(into, number)
    os.close(nothing)
    os.close(output)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["directory"])
    sys.path[0] = request["directory"]
    sys.argv[1:] = request["arguments"]


if __name__ == "__main__":
    asked = serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)
