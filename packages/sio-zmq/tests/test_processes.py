"""Managers in programs that end, that fork, and whose threads are greenlets."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.brokers.zmq_forwarder import ZeroMQ
from tests.support.components import require

pytest_plugins = ["tests.support.brokers.fixtures"]

over_tcp = pytest.mark.parametrize("broker", ["zeromq"], indirect=True)
LIMIT = 60

EMITS = """
import sys
from sio_zmq import ZmqManager
ZmqManager(sys.argv[1], write_only=True).emit("news", 1)
print("emitted")
"""

EMITS_IN_A_LOOP = """
import asyncio, sys
from sio_zmq import AsyncZmqManager
async def main():
    await AsyncZmqManager(sys.argv[1], write_only=True).emit("news", 1)
asyncio.run(main())
print("emitted")
"""

FORKS = """
import os, sys, time
from sio_server import Server
from sio_zmq import ZmqManager

def wait_for_health():
    while not manager.health().healthy:
        time.sleep(0.01)

manager = ZmqManager(sys.argv[1])
sio = Server(client_manager=manager)
manager.initialize()
wait_for_health()
before = manager.host_id
child = os.fork()
if child == 0:
    manager.initialize()
    wait_for_health()
    manager.close()
    os._exit(0 if manager.host_id != before else 1)
code = os.waitpid(child, 0)[1]
wait_for_health()
manager.emit("news", 1)
manager.close()
print("emitted", code)
"""

GREENLETS = """
import time
from sio_server import Server
from sio_zmq import ZmqManager

turns = 0
def take_turns():
    global turns
    while True:
        turns += 1
        time.sleep(0.005)

def until(healthy):
    while manager.health().healthy is not healthy:
        time.sleep(0.01)

spawn(take_turns)
manager = ZmqManager(sys.argv[1], probe_interval=0.5, probe_timeout=1)
sio = Server(client_manager=manager, async_mode=sys.argv[2])
manager.initialize()
until(True)
manager.emit("news", 1)
print("healthy", flush=True)
until(False)
before = turns
while turns < before + 100:  # which takes minutes, if all wait for each attempt to connect
    time.sleep(0.005)
print("unhealthy", flush=True)
until(True)
manager.close()
"""

LIBRARIES = {
    "gevent": "import sys; from gevent import monkey, spawn; monkey.patch_all()",
    "eventlet": "import sys; from eventlet import monkey_patch, spawn; monkey_patch()",
}


def run(python: str | Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [python, "-W", "ignore", "-c", program, *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


@over_tcp
@pytest.mark.parametrize(
    ("program", "expected"),
    [(EMITS, "emitted\n"), (EMITS_IN_A_LOOP, "emitted\n"), (FORKS, "emitted 0\n")],
    ids=["threads", "asyncio", "fork"],
)
def test_a_program_that_ends(broker: ZeroMQ, program: str, expected: str) -> None:
    with run(sys.executable, program, broker.url) as process:
        assert process.communicate(timeout=LIMIT) == (expected, "")
        assert process.returncode == 0


@over_tcp
@pytest.mark.parametrize("mode", LIBRARIES)
def test_no_greenlet_waits_for_a_forwarder_that_is_away(broker: ZeroMQ, mode: str) -> None:
    program = f"{LIBRARIES[mode]}\n{GREENLETS}"
    with run(require("greenlets"), program, broker.url, mode) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "healthy\n"
        broker.kill()
        assert process.stdout.readline() == "unhealthy\n"
        broker.restart()
        _, errors = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, errors
