"""The Python interpreters of a comparison: what they have installed, which loop they share."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sides import BARE, FRAMEWORKS, PYTHONS, SERVERS, SIDES, WEB_SERVERS, WSGI_SERVERS, BenchError

PROVIDERS = ("sio-compat", "python-socketio")
DISTRIBUTIONS = (
    *PROVIDERS,
    "sio-server",
    "sio-asgi",
    "sio-wsgi",
    "sio-aiohttp",
    "sio-tornado",
    "sio-sanic",
    "sio-redis",
    "sio-amqp",
    "sio-kombu",
    "sio-nats",
    "sio-kafka",
    "sio-zmq",
    "sio-client",
    "sio-core",
    "python-engineio",
    "h11",
    "websocket-client",
    "msgspec",
    "orjson",
)
FAST = ("uvloop", "httptools")
WEB = (WEB_SERVERS, FRAMEWORKS, WSGI_SERVERS, BARE)
MODULES = {
    *("socketio", *FAST),
    *(module for table in WEB for needs in table.values() for module in needs),
    *(module for side in SIDES.values() for module in side.needs),
}
"""All that a side may need of its interpreter, which is asked once for all of it."""

INSPECT = """
import importlib.metadata as metadata, importlib.util, json, platform, sys
def found(name):
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None
versions = {"Python": platform.python_version()}
for name in sys.argv[2].split(","):
    try:
        versions[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
missing = [name for name in sys.argv[1].split(",") if not found(name)]
print(json.dumps({"missing": missing, "versions": versions}))
"""


def located(python: str) -> str:
    """Return a path that holds in any folder; links stay, for they say which environment it is."""
    return os.path.abspath(shutil.which(python) or python)


def inspect(option: str, python: str, modules: Sequence[str]) -> dict[str, str]:
    """Return an interpreter's versions; raises BenchError naming the modules it lacks."""
    about = _ask(option, python, modules)
    if about["missing"]:
        missing, install = ", ".join(about["missing"]), PYTHONS[option].install
        raise BenchError(f"--{option}: {python} lacks {missing}; install {install} there")
    versions: dict[str, str] = about["versions"]
    if all(name in versions for name in PROVIDERS):
        raise BenchError(
            f"--{option}: {python} has both {' and '.join(PROVIDERS)}, which share an import "
            "name; keep one of them"
        )
    return versions


def common_loop(pythons: Iterable[tuple[str, str]]) -> str:
    """Return "uvloop" when all have it and httptools, else "asyncio".

    `pythons` are pairs of an option of `PYTHONS` and its interpreter.
    """
    lacking = [option for option, python in pythons if _ask(option, python, FAST)["missing"]]
    return "asyncio" if lacking else "uvloop"


def _ask(option: str, python: str, modules: Sequence[str]) -> dict[str, Any]:
    """Return what it has: which of the modules are `missing`, and the `versions` of the others."""
    about = _about(option, python)
    versions: dict[str, str] = about["versions"]
    asked = ("Python", *DISTRIBUTIONS, *modules)
    return {
        "missing": [name for name in modules if name in about["missing"]],
        "versions": {name: versions[name] for name in dict.fromkeys(asked) if name in versions},
    }


@cache
def _about(option: str, python: str) -> dict[str, Any]:
    names = dict.fromkeys((*DISTRIBUTIONS, *sorted(MODULES - {"socketio", "sio_asgi"})))
    command = [python, "-c", INSPECT, ",".join(sorted(MODULES)), ",".join(names)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=SERVERS)
    except OSError as error:
        raise BenchError(f"--{option}: cannot run {python}: {error.strerror}") from None
    if run.returncode:
        raise BenchError(f"--{option}: {python} is not a working Python:\n{run.stderr.strip()}")
    about: dict[str, Any] = json.loads(run.stdout)
    return about
