"""The examples of the clients, run as their users run them."""

import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.forwarder import Forwarder
from tests.support.piped import Piped
from tests.support.ports import free_port

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SENSORS = EXAMPLES / "sensor-feed"
TERMINAL = EXAMPLES / "terminal-chat" / "chat.py"


class Program(Piped):
    """A program with pipes; at the end of the test it is killed if it is still there."""

    def __init__(self, stack: ExitStack, *command: object) -> None:
        super().__init__(stack, sys.executable, *command)

    def line(self) -> str:
        """The next line of the output, without its end."""
        return super().line().rstrip("\n")

    def ended(self) -> tuple[int, str]:
        """End its input, and wait for its end. Returns the exit code and the standard error."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return super().ended()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


# Sensors ------------------------------------------------------------------------------


@pytest.fixture
def feed(stack: ExitStack) -> Program:
    return Program(stack, SENSORS / "server.py", "--port", 0)


def sensor(stack: ExitStack, url: str, *options: object) -> Program:
    return Program(stack, SENSORS / "sensor.py", "--url", url, *options)


def port_of(feed: Program) -> int:
    line = feed.line()
    assert line.startswith("Feed: http://127.0.0.1:"), line
    return int(line.rpartition(":")[2])


def test_readings_are_delivered(stack: ExitStack, feed: Program) -> None:
    url = f"http://127.0.0.1:{port_of(feed)}"
    program = sensor(stack, url, "--count", 5, "--interval", 0.001, "--name", "attic")
    lines = [feed.line() for _ in range(5)]
    for number, line in enumerate(lines, 1):
        assert re.fullmatch(rf"'attic': reading {number} is -?\d+\.\d", line)
    assert program.ended() == (0, "")
    feed.process.send_signal(signal.SIGINT)
    assert feed.ended() == (0, "")


def test_no_reading_is_lost_with_a_connection(stack: ExitStack, feed: Program) -> None:
    way = stack.enter_context(Forwarder(port_of(feed)))
    program = sensor(stack, way.url, "--count", 300, "--interval", 0.005)
    assert program.line().startswith("connected, ")
    numbers = []
    for number in range(1, 301):
        numbers.append(int(feed.line().split()[2]))
        if number in (50, 100):
            way.cut()
    assert numbers == list(range(1, 301)), "each once, in order"
    assert program.ended()[0] == 0


def test_a_sensor_waits_for_its_server(stack: ExitStack) -> None:
    port = free_port()
    program = sensor(stack, f"http://127.0.0.1:{port}", "--count", 1)
    assert program.line() == "no connection yet"
    feed = Program(stack, SENSORS / "server.py", "--port", port)
    port_of(feed)
    assert feed.line().startswith("'kitchen': reading 1 is ")
    assert program.ended()[0] == 0


def test_a_sensor_is_stopped(stack: ExitStack, feed: Program) -> None:
    program = sensor(stack, f"http://127.0.0.1:{port_of(feed)}")
    feed.line()
    program.process.send_signal(signal.SIGINT)
    assert program.ended() == (130, "")


def test_what_cannot_be_is_one_line(stack: ExitStack) -> None:
    status, errors = sensor(stack, "localhost").ended()
    assert (status, errors.count("\n")) == (1, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, errors = Program(stack, SENSORS / "server.py", "--port", port).ended()
    assert (status, errors.count("\n")) == (1, 1)
    assert f"Port {port} is taken." in errors


# The chat in a terminal ------------------------------------------------------------------


@pytest.fixture
def chat(stack: ExitStack) -> int:
    """The port of the chat, without its page."""
    port = free_port()
    command = ("--factory", "server:build_app", "--app-dir", EXAMPLES / "chat", "--port", port)
    Program(stack, "-m", "uvicorn", *command, "--log-level", "error")
    return port


def enter(stack: ExitStack, port: int, nick: str) -> Program:
    """Start the program once the chat is there."""
    for _ in range(100):
        program = Program(stack, "-u", TERMINAL, nick, "--url", f"http://127.0.0.1:{port}")
        line = program.line()
        if line.startswith("* In lobby: "):
            return program
        _, errors = program.ended()
        assert "refused" in errors, errors
    pytest.fail("the chat did not start")


def test_two_people_in_terminals(stack: ExitStack, chat: int) -> None:
    ann = enter(stack, chat, "Ann")
    ben = enter(stack, chat, "Ben")
    assert ann.line() == "* Ben joined"
    ann.type("hällo\n\n")
    assert ben.line() == "Ann: hällo"
    ben.type("hi\n")
    assert ann.line() == "Ben: hi"
    assert ben.ended() == (0, "")
    assert ann.line() == "* Ben left"
    ann.process.send_signal(signal.SIGINT)
    assert ann.ended() == (130, "")


def test_what_is_said_survives_a_lost_connection(stack: ExitStack, chat: int) -> None:
    ben = enter(stack, chat, "Ben")
    way = stack.enter_context(Forwarder(chat))
    ann = enter(stack, way.port, "Ann")
    assert ben.line() == "* Ann joined"
    way.open = False
    way.cut()
    assert ann.line().startswith("* Disconnected: transport")
    assert ben.line() == "* Ann left"
    ben.type("are you there?\n")
    ann.type("I am back\n")
    way.open = True
    assert ann.line() == "* In lobby: Ann, Ben"
    assert ann.line() == "Ben: are you there?"
    assert ben.line() == "* Ann joined"
    assert ben.line() == "Ann: I am back"


def test_a_nickname_that_is_taken(stack: ExitStack, chat: int) -> None:
    enter(stack, chat, "Ann")
    status, errors = Program(stack, TERMINAL, "Ann", "--url", f"http://127.0.0.1:{chat}").ended()
    assert status == 1
    assert errors.count("\n") == 1
    assert "namespaces failed" not in errors
