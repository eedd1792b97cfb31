"""`Client` and its process: Ctrl-C, the end of the interpreter, a fork."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from sio_client import Client

from ..blocking_support import HANG, OurServer, until


@pytest.fixture(scope="module")
def server() -> Iterator[OurServer]:
    server = OurServer()
    yield server
    server.stop()


BEGIN = """
import os, sys, threading, time
from sio_client import Client, SimpleClient
client = Client()
def say(text):
    # In one piece: two processes may write to the same pipe.
    sys.stdout.write(f"{text}\\n")
    sys.stdout.flush()
client.on("disconnect", say)
url = sys.argv[1]
"""


# A busy machine takes its time, also between the beginning of a handler and what it does first:
# one that takes longer than the dispatcher's patience is not waited for.
PATIENT = """
from sio_client.attempts import time_limits
from sio_client.handlers import thread_dispatcher
time_limits.CTRL_C = thread_dispatcher.PATIENCE = 30
"""


def start(server: OurServer, program: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + program, server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupt(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Send SIGINT once the program has written `ready`. Returns the rest of its output.

    It writes that with `os.write`: an interrupt inside `print` would keep handlers from printing.
    """
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    return finish(process)


def finish(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Wait for the end of a process. Returns what it wrote; one that hangs is killed."""
    try:
        return process.communicate(timeout=HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


# Not at once: Python does not notice a signal that comes in the moment before it begins to wait.
READY_SOON = "threading.Timer(0.2, os.write, (1, b'ready\\n')).start()\n"
WAITS = {
    "wait": "client.wait()",
    "call": "client.call('silent', timeout=None)",
    "sleep": "client.sleep(60)",
    "event": "threading.Event().wait()",
    "busy": "while True: client.emit('keep', 1)",
}


@pytest.mark.parametrize("how", WAITS)
def test_an_interrupt_ends_what_waits(server: OurServer, how: str) -> None:
    server.sio.on("silent", lambda sid: threading.Event())
    program = f"{PATIENT}client.connect(url)\n{READY_SOON}{WAITS[how]}"
    output, errors = interrupt(start(server, program))
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert output == "client disconnect\n"


def test_an_interrupt_waits_for_the_handlers_of_the_end(server: OurServer) -> None:
    program = (
        PATIENT
        + """
def slowly(reason):
    time.sleep(0.5)  # a program that does not wait ends meanwhile
    say("done")
client.on("disconnect", slowly)
client.connect(url)
os.write(1, b"ready\\n")
client.sleep(60)
"""
    )
    output, errors = interrupt(start(server, program))
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert output == "done\n"


def test_an_interrupt_during_connect(server: OurServer) -> None:
    program = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
threading.Timer(0.2, lambda: os.write(1, b"ready\\n")).start()
try:
    client.connect("http://127.0.0.1:%d" % listener.getsockname()[1])
except KeyboardInterrupt:
    print("interrupted", client.connected, flush=True)
"""
    output, errors = interrupt(start(server, program))
    assert (output, errors) == ("interrupted False\n", "")


def test_an_interrupt_during_receive(server: OurServer) -> None:
    program = """
simple = SimpleClient()
simple.connect(url)
try:
    os.write(1, b"ready\\n")
    simple.receive()
except KeyboardInterrupt:
    print("interrupted", simple.connected, flush=True)
"""
    output, errors = interrupt(start(server, program))
    assert (output, errors) == ("interrupted False\n", "")


def test_handlers_of_the_program_are_kept(server: OurServer) -> None:
    program = """
import signal
def mine(number, frame):
    print("mine", client.connected, flush=True)
    raise SystemExit(7)
signal.signal(signal.SIGINT, mine)
client.connect(url)
client.disconnect()
assert signal.getsignal(signal.SIGINT) is mine
client.connect(url)
os.write(1, b"ready\\n")
time.sleep(60)
"""
    process = start(server, program)
    assert process.stdout is not None
    assert process.stdout.readline() == "client disconnect\n"
    output, errors = interrupt(process)
    assert (output, errors) == ("client disconnect\nmine False\n", "")
    assert process.returncode == 7


def test_a_handler_that_calls_the_one_before_it(server: OurServer) -> None:
    program = """
import signal
client.connect(url)
ours = signal.getsignal(signal.SIGINT)
def mine(number, frame):
    print("mine", flush=True)
    ours(number, frame)
signal.signal(signal.SIGINT, mine)
client.disconnect()
client.connect(url)
os.write(1, b"ready\\n")
client.wait()
"""
    process = start(server, program)
    assert process.stdout is not None
    assert process.stdout.readline() == "client disconnect\n"
    output, errors = interrupt(process)
    assert output == "mine\nclient disconnect\n"
    assert errors.rstrip().endswith("KeyboardInterrupt")


def test_without_handle_sigint(server: OurServer) -> None:
    program = """
import signal
before = signal.getsignal(signal.SIGINT)
client = Client(handle_sigint=False)
client.connect(url)
assert signal.getsignal(signal.SIGINT) is before
"""
    process = start(server, program)
    output, errors = finish(process)
    assert (output, errors, process.returncode) == ("", "", 0)


@pytest.mark.parametrize("transports", ["polling", "websocket"])
def test_the_program_ends_while_it_is_connected(server: OurServer, transports: str) -> None:
    server.seen.clear()
    program = f"client.connect(url, transports=['{transports}'])\nclient.emit('keep', 'last')"
    process = start(server, program)
    output, errors = finish(process)
    assert errors == ""
    assert output in ("", "client disconnect\n")
    assert process.returncode == 0
    until(lambda: server.seen)
    assert server.seen == [("last",)]


def test_the_program_ends_while_a_handler_hangs(server: OurServer) -> None:
    program = """
begun = threading.Event()
client.on("again", lambda number: (begun.set(), time.sleep(60)))
client.connect(url)
client.emit("repeat", 3)
begun.wait()
"""
    process = start(server, program)
    _, errors = finish(process)
    assert (errors, process.returncode) == ("", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_is_refused(server: OurServer) -> None:
    program = """
import os
import warnings
# From Python 3.12 on, of a fork in a process with threads: it is what is tried here.
warnings.simplefilter("ignore", DeprecationWarning)
client.connect(url)
child = os.fork()
if not child:
    refused = 0
    for use in (lambda: client.emit("event"), client.disconnect, client.wait,
                lambda: client.connect(url), lambda: client.call("event")):
        try:
            use()
        except RuntimeError:
            refused += 1
    own = Client()
    own.connect(url)
    refused += own.call("echo", 1)
    own.disconnect()
    os._exit(refused)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), client.call("echo", "still"), flush=True)
client.disconnect()
"""
    process = start(server, program)
    output, errors = finish(process)
    assert (output, errors) == ("6 still\nclient disconnect\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_client_made_before_the_fork_connects_in_the_child(server: OurServer) -> None:
    program = """
import os
child = os.fork()
client.connect(url)
say(client.call("echo", 1))
client.disconnect()
if child:
    os.waitpid(child, 0)
"""
    process = start(server, program)
    output, errors = finish(process)
    assert sorted(output.split("\n")) == ["", "1", "1", "client disconnect", "client disconnect"]
    assert errors == ""


def test_in_a_thread_no_handler_is_installed(server: OurServer) -> None:
    before = signal.getsignal(signal.SIGINT)
    client = Client()
    thread = threading.Thread(target=client.connect, args=(server.url,))
    thread.start()
    thread.join(HANG)
    assert signal.getsignal(signal.SIGINT) is before
    client.disconnect()
