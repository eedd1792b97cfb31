"""Every public name of python-engineio is in `engineio`, with its parameters and defaults.

Both packages are read by `inspect`, each by the interpreter that has it. What is another way here,
and why, is in `OTHERWISE`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.components import require
from tests.support.servers import ROOT

INSIDE = "part of how python-engineio works inside, which the documentation does not have"
MADE = "made by its server alone: programs find it in `sockets`, and drive it by the server"
COLOURLESS = "a class to ask `isinstance` of, whose subclasses are made"
OWN_RULE = "None allows credentials to the origins that are named, and not to those of '*'"
HANDLER = "get_tornado_handler"
SOCKET = (
    *("()", "check_ping_timeout", "close", "handle_get_request", "handle_post_request", "poll"),
    *("receive", "schedule_ping", "send", "upgrade_protocols"),
)
OTHERWISE: dict[str, str] = {
    "async_client async_signal_handler": INSIDE,
    "async_client async_signal_handler_set": INSIDE,
    "base_client connected_clients": INSIDE,
    "base_client signal_handler": INSIDE,
    "base_server BaseServer ()": COLOURLESS,
    "async_drivers.asgi ASGIApp serve_static_file": INSIDE,
    "json loads": "that of the standard library",
    "middleware get_static_file": INSIDE,
    **{
        f"{m} {c} sequence_number": INSIDE
        for m, c in (
            ("server", "Server"),
            ("async_server", "AsyncServer"),
            ("base_server", "BaseServer"),
        )
    },
    "server Server ()": OWN_RULE,
    "async_server AsyncServer ()": OWN_RULE,
    **{f"socket Socket {name}": MADE for name in SOCKET},
    **{f"async_socket AsyncSocket {name}": MADE for name in SOCKET},
    **{f"base_socket BaseSocket {name}": MADE for name in ("()", "upgrade_protocols")},
    "payload Payload max_decode_packets": "an attribute of the class alone, as it is used",
    **{
        f"an object of {kind}: {name}": INSIDE
        for kind in ("Server", "AsyncServer")
        for name in (
            *("log_message_keys", "sequence_number", "service_task_event"),
            *("service_task_handle", "start_service_task"),
        )
    },
    **{
        f"an object of {kind}: {name}": INSIDE
        for kind in ("Client", "AsyncClient")
        for name in (
            *("external_http", "http", "http_factory", "queue", "queue_empty"),
            *("read_loop_task", "write_loop_task", "ws"),
        )
    },
}


def dump(python: str, path: str) -> Any:
    done = subprocess.run(
        [python, "-m", "tests.support.engineio_dump"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found() -> tuple[Any, Any]:
    """Return what both packages have: theirs, then ours."""
    ours = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return dump(require("python-socketio"), str(ROOT)), dump(sys.executable, ours)


def differences(theirs: Any, ours: Any) -> Iterator[str]:
    """Yield what of `theirs` is missing or another."""
    for module, names in theirs.items():
        for name, what in names.items():
            own = ours[module].get(name)
            if module.startswith("async_drivers.") and name not in ("ASGIApp", HANDLER):
                continue  # each framework's own road into its server
            if not isinstance(what, dict):
                if not fits(what, own):
                    yield f"{module} {name}"
                continue
            for member, shape in what.items():
                if not fits(shape, (own or {}).get(member)):
                    yield f"{module} {name} {member}"


def fits(theirs: Any, ours: Any) -> bool:
    """Tell whether what ours takes begins with what theirs does, in the same colour."""
    if isinstance(theirs, str):
        return ours is not None
    if theirs is None or ours is None:
        return theirs is ours
    if len(theirs) == 2 and isinstance(theirs[0], bool):
        return theirs[0] is ours[0] and fits(theirs[1], ours[1])
    starred = ["*args", "**kwargs"]
    return ours[: len(theirs)] == theirs or ours == starred


def test_every_module_is_there(found: tuple[Any, Any]) -> None:
    (theirs, _), (ours, _) = found
    assert set(theirs) <= set(ours)


def test_every_name_is_there_and_called_the_same(found: tuple[Any, Any]) -> None:
    (theirs, their_objects), (ours, our_objects) = found
    different = set(differences(theirs, ours)) | {
        f"an object of {kind}: {name}"
        for kind, names in their_objects.items()
        for name in set(names) - set(our_objects[kind])
    }
    assert different == set(OTHERWISE)
