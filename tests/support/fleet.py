"""Servers that share a broker, each a process of its own: ours, python-socketio's, or both.

A test module asks with ``pytest_plugins = ["tests.support.fleet"]`` (and the one of the brokers)
for ``fleet``, which starts a `Member`:

    member = fleet("python-socketio-asgi", broker, channel)
    emitter = fleet("ours-wsgi", broker, channel, write_only=True)
    await member.do("emit", "news", {"n": 1}, to="room")
    answers = await member.do("ask", "question", b"bytes", to=sid)

`FLEETS` has the names of the makes; `tests/apps/fleet.py` says what a member does.
"""

import http.client
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import tagged
from tests.support.brokers.broker import Broker
from tests.support.driven import in_thread
from tests.support.peers import spawn
from tests.support.servers import PATIENCE, Served

FLEETS = ("python-socketio-asgi", "python-socketio-wsgi", "ours-asgi", "ours-wsgi")
APP = "tests.apps.fleet:app"
REDIS = ("RedisManager", "AsyncRedisManager")
MANAGERS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("redis", "valkey", "redis-tls", "redis-unix", "redis-sentinel"), REDIS),
    "redis-cluster": REDIS,
    "rabbitmq": ("KombuManager", "AsyncAioPikaManager"),
    "kafka": ("KafkaManager", "sio_kafka.AsyncKafkaManager"),
    "nats": ("", "sio_nats.AsyncNatsManager"),
    "postgresql": (
        "postgres_manager.PostgresManager",
        "postgres_manager.AsyncPostgresManager",
    ),
    "zeromq": ("ZmqManager", "sio_zmq.AsyncZmqManager"),
    "zeromq-unix": ("ZmqManager", "sio_zmq.AsyncZmqManager"),
}
"""The managers of each kind of broker (in `socketio` if no module is named): threads, asyncio."""


def makes_of(kind: str) -> tuple[str, ...]:
    """Return the makes of this project that have a manager for a kind of broker."""
    return ("ours-asgi", "ours-wsgi") if MANAGERS[kind][0] else ("ours-asgi",)


@dataclass
class Member:
    """One process of a fleet."""

    make: str
    served: Served

    @property
    def url(self) -> str:
        """Where its clients connect to."""
        return self.served.origin

    async def do(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method of its server, or of its manager. Raises RuntimeError for its errors."""
        request = {"method": method, "args": args, "kwargs": kwargs}
        answer = await in_thread(lambda: self._post(tagged.dumps(request)))
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def _post(self, body: bytes) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/control", body)
            return tagged.loads(connection.getresponse().read())
        finally:
            connection.close()


class Fleet:
    """Starts members, and ends them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()
        self.members: list[Member] = []

    def __call__(
        self,
        make: str,
        broker: Broker | None,
        channel: str = "",
        *,
        write_only: bool = False,
        manager: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
    ) -> Member:
        """Start a member of one of FLEETS; one without a broker is alone.

        `manager` are more arguments of its manager, `arguments` those of its web server.
        """
        env = {"SIO_TEST_WRITE_ONLY": str(int(write_only))}
        imports = ["tests.support.tagged"]
        if broker is not None:
            options = {"url": broker.url, "channel": channel, **(manager or {})}
            name = env["SIO_TEST_MANAGER"] = MANAGERS[broker.kind][make.endswith("asgi")]
            if broker.kind != "postgresql":  # whose manager is not where a template looks
                module, _, attribute = name.rpartition(".")
                imports.append(f"{module or 'socketio'}:{attribute}")
            env["SIO_TEST_MANAGER_ARGUMENTS"] = json.dumps(options)
        output = self._directory / f"{next(self._numbers)}-{make}.log"
        member = Member(
            make, spawn(make, output, arguments=arguments, app=APP, env=env, imports=imports)
        )
        self.members.append(member)
        return member

    def at_once(self, *starts: Callable[[], Member]) -> tuple[Member, ...]:
        """Start several members at the same time: each is a call that starts one."""
        with ThreadPoolExecutor(len(starts)) as pool:
            return tuple(pool.map(lambda start: start(), starts))

    def servers(
        self, makes: Sequence[str], broker: Broker, channel: str, **kwargs: Any
    ) -> tuple[Member, ...]:
        """Start servers of these makes at the same time; `kwargs` are those of one."""
        return self.at_once(*(partial(self, make, broker, channel, **kwargs) for make in makes))

    def stop(self) -> None:
        """End all members; what they printed is shown where the test failed."""
        for member in self.members:
            member.served.kill()
            print(f"--- {member.make}\n{member.served.log()}")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Callable[..., Member]]:
    """Return a function that starts members of a fleet; they end with the test."""
    found = Fleet(tmp_path)
    yield found
    found.stop()
