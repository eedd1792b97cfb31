"""A process that forks has two managers, of which neither uses what is the other's."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from tests.support.brokers.broker import Broker
from tests.support.brokers.kinds import PLAIN
from tests.support.driven import in_thread
from tests.support.fleet import MANAGERS, Fleet, makes_of
from tests.support.fleet_crowd import Listener, come
from tests.support.servers import ROOT

pytest_plugins = ["tests.support.brokers.fixtures", "tests.support.fleet"]

# It emits before it forks, so that there is a connection; both emit after that, in turn.
BLOCKING = """
import json, os, sys
from importlib import import_module

module, _, name = sys.argv[1].rpartition(".")
manager = getattr(import_module(module or "socketio"), name)(**json.loads(sys.argv[2]))
manager.emit("said", "before")
child = os.fork()
if child == 0:
    manager.emit("said", "child")
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
manager.emit("said", "parent")
"""
COROUTINES = """
import asyncio, json, os, sys
from importlib import import_module

module, _, name = sys.argv[1].rpartition(".")
manager = getattr(import_module(module or "socketio"), name)(**json.loads(sys.argv[2]))

async def say(word):
    await manager.emit("said", word)
    await manager.close()

asyncio.run(say("before"))
child = os.fork()
if child == 0:
    asyncio.run(say("child"))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
asyncio.run(say("parent"))
"""
WORDS = ("before", "child", "parent")


def run(program: str, manager: str, arguments: dict[str, object]) -> str:
    """Run a program to its end. Returns what it printed."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, manager, json.dumps(arguments)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    text = done.stdout.decode()
    assert done.returncode == 0, text
    return text


@pytest.mark.parametrize("broker", PLAIN, indirect=True)
async def test_both_emit_after_a_fork(broker: Broker, fleet: Fleet) -> None:
    channel = broker.new_channel()
    server = fleet("ours-asgi", broker, channel)
    client = Listener(server)
    await come([client])
    try:
        for make in makes_of(broker.kind):
            blocking = make == "ours-wsgi"
            manager = MANAGERS[broker.kind][not blocking]
            arguments = {"url": broker.url, "channel": channel, "write_only": True}
            program = BLOCKING if blocking else COROUTINES
            printed = await in_thread(lambda: run(program, manager, arguments))  # noqa: B023
            assert printed == ""
            async with asyncio.timeout(30):
                await client.until(lambda: len(client.got("said")) == len(WORDS))
            assert sorted(client.got("said")) == [[word] for word in WORDS]
            client.heard.clear()
    finally:
        await client.close()
