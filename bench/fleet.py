"""A fleet that is measured: servers of one contender that share a Redis of their own."""

import http.client
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from contenders import Contender
from serving import Server, free_port, pinned
from sides import BenchError

START_LIMIT_S = 15.0
PROGRAMS = {"asgi_app.py": "cluster_app.py", "wsgi_app.py": "cluster_wsgi_app.py"}
"""What a server of a fleet runs, by what it runs alone."""


@contextmanager
def redis_server(cpu: int | None) -> Iterator[str]:
    """Run a Redis or Valkey that nobody else has; yields its address."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        raise BenchError(
            "redis-server is not installed. On Debian and Ubuntu: apt-get install redis-server"
        )
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    with tempfile.TemporaryDirectory() as folder:
        with pinned(cpu):
            process = subprocess.Popen(
                [program, *options, "--dir", folder],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            wait_for(process, port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until a process listens; raises BenchError when it has ended."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise BenchError(f"the Redis ended at once, with status {process.returncode}")


class Member(Server):
    """One server of a fleet; see `servers/cluster_app.py` and `cluster_wsgi_app.py`."""

    def usage(self) -> int:
        """Return the CPU time that it has used so far, in nanoseconds."""
        return int(self._get("/usage"))

    def emit(self, count: int, room: str) -> None:
        """Have it emit `count` times to `room`, or to everyone where that is empty."""
        self._get(f"/emit/{count}/{room}")

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            raise BenchError(f"{self.label}: no answer to {path}: {error}") from None
        finally:
            connection.close()
        if answer.status != 200:
            raise BenchError(f"{self.label}: {path} was answered by {answer.status}")
        return body


@contextmanager
def fleet(contender: Contender, size: int, redis: str, cpu: int | None) -> Iterator[list[Member]]:
    """Run `size` servers of a contender, which have a channel of `redis` for themselves."""
    python, program, *how = contender.serve
    channel = f"bench-{uuid.uuid4().hex[:8]}"
    command = (python, PROGRAMS[program], *how, redis, channel)
    members = [Member(replace(contender, serve=command), cpu) for _ in range(size)]
    try:
        for member in members:
            member.start()
        yield members
    finally:
        for member in members:
            member.stop()


def wait_until_idle(members: list[Member]) -> None:
    """Wait until no server has much to do; raises BenchError when that never comes."""
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        before = sum(member.usage() for member in members)
        time.sleep(0.2)
        # the two requests for it take some time of each, too
        if sum(member.usage() for member in members) - before < 4_000_000 * len(members):
            return
    raise BenchError(f"{members[0].label}: the servers have not come to rest")
