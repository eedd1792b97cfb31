"""`python -m sio_client` as its users run it: a process, its input and output, a terminal."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.chat_server import Chat, chatting
from tests.support.forwarder import Forwarder
from tests.support.piped import Piped
from tests.support.ports import free_port
from tests.support.servers import PATIENCE

COMMAND = (sys.executable, "-m", "sio_client")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def chat(stack: ExitStack) -> Chat:
    return stack.enter_context(chatting())


def run(*arguments: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command with its input to the end."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=lines.encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err, err
    assert "Fatal" not in err, err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


class Running(Piped):
    """The command as a process with pipes, until the end of the test."""

    def __init__(self, stack: ExitStack, *arguments: str) -> None:
        super().__init__(stack, *COMMAND, *arguments)

    def connected(self) -> None:
        line = self.told()
        assert line.startswith("connected to /"), line


# Input and output ---------------------------------------------------------------


def test_lines_are_sent_and_acknowledgements_shown(chat: Chat) -> None:
    done = run(chat.url, lines='say "hello" {"a": 1}\n\n"my message" hällo wörld\nlast\n')
    assert done.returncode == 0
    # Handlers of the server run side by side: so do the acknowledgements.
    assert sorted(done.stdout.splitlines()) == [
        'ack "my message" "hällo wörld"',
        "ack last",
        'ack say "hello" {"a": 1}',
    ]
    assert sorted(map(repr, chat.seen)) == sorted(
        map(repr, [["say", "hello", {"a": 1}], ["my message", "hällo wörld"], ["last"]])
    )
    told = done.stderr.splitlines()
    assert re.fullmatch(r"connected to / by (polling|websocket), sid \S+", told[0])
    assert told[1:] == ["disconnected: client disconnect"]


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_events_come_as_lines_without_colours(chat: Chat, transport: str) -> None:
    lines = 'show "my event" [1, "ü", null]\nbytes\n'
    done = run(chat.url, "-t", transport, lines=lines)
    assert done.returncode == 0
    assert f"by {transport}, sid" in done.stderr
    assert '"my event" [1, "ü", null]\n' in done.stdout
    assert 'bytes "<2 bytes: 00ff>"\n' in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_nothing_of_a_server_speaks_to_the_terminal(chat: Chat) -> None:
    done = run(
        chat.url, "--color", "always", lines='show "\\u001b]0;t\\u0007" "\\u009b2J\\u202e"\n'
    )
    assert done.returncode == 0
    shown = re.sub(r"\x1b\[\d*m", "", done.stdout + done.stderr)
    assert "\\x1b]0;t\\x07" in shown
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", shown)


def test_a_huge_event_is_one_short_line(stack: ExitStack, chat: Chat) -> None:
    command = Running(stack, chat.url, "--listen")
    command.connected()
    chat.wait(lambda: bool(chat.sids))
    chat.sio.emit("huge", ("x" * 5_000_000, b"y" * 1_000_000))
    line = command.line()
    assert line.startswith('huge "xxx')
    assert len(line) < 25_000


def test_the_input_may_be_any_bytes(chat: Chat) -> None:
    done = subprocess.run(
        [*COMMAND, chat.url], input=b"say \xff\xfe\n", capture_output=True, check=False
    )
    assert done.returncode == 0
    assert chat.seen == [["say", "\ufffd\ufffd"]]


def test_what_cannot_be_sent_is_said(chat: Chat) -> None:
    done = run(chat.url, lines='connect 1\nsay "\\ud800"\nsay 1\n')
    assert done.returncode == 1
    assert "error: not sent: 'connect' is a reserved event" in done.stderr
    assert "ack say 1\n" in done.stdout


def test_a_message_larger_than_the_server_takes(stack: ExitStack) -> None:
    chat = stack.enter_context(chatting(max_http_buffer_size=1000))
    done = run(chat.url, lines=f"say {'x' * 2000}\nsay 1\n")
    assert done.returncode == 1
    assert "error: not sent: the message is larger than the 1000 bytes" in done.stderr
    assert done.stdout == "ack say 1\n"


def test_namespace_authentication_and_headers(chat: Chat) -> None:
    done = run(chat.url, "-n", "/chat", "-a", '{"token": "ö"}', "-H", "X-One: 1", lines="say\n")
    assert done.returncode == 0
    assert "connected to /chat by" in done.stderr
    assert chat.auth == [{"token": "ö"}]
    assert chat.headers[0]["HTTP_X_ONE"] == "1"


def test_a_stream_of_lines_is_acknowledged_whole(chat: Chat) -> None:
    count = 2000
    done = run(chat.url, lines="".join(f"say {number}\n" for number in range(count)))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == count
    assert "not acknowledged" not in done.stderr


def test_without_an_acknowledgement_it_says_so(chat: Chat) -> None:
    chat.sio.on("*", None, namespace="/")(lambda event, sid: 1 / 0)  # none is sent then
    done = run(chat.url, "--timeout", "0.5", lines="say\n")
    assert done.returncode == 0
    assert "not acknowledged: 1 of the events sent\n" in done.stderr


# Ends -----------------------------------------------------------------------------


def test_it_listens_until_ctrl_c(stack: ExitStack, chat: Chat) -> None:
    command = Running(stack, chat.url, "--listen")
    command.connected()
    assert command.process.stdin is not None
    command.process.stdin.close()
    chat.wait(lambda: bool(chat.sids))
    chat.sio.emit("news", 1)
    assert command.line() == "news 1\n"
    command.process.send_signal(signal.SIGINT)
    assert command.ended() == (130, "disconnected: client disconnect\n")


def test_ctrl_c_while_it_waits_for_input(stack: ExitStack, chat: Chat) -> None:
    command = Running(stack, chat.url)
    command.connected()
    command.process.send_signal(signal.SIGINT)
    assert command.ended() == (130, "disconnected: client disconnect\n")


def test_ctrl_c_while_it_connects(stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    command = Running(stack, f"http://127.0.0.1:{listener.getsockname()[1]}")
    stack.enter_context(listener.accept()[0])
    command.process.send_signal(signal.SIGINT)
    assert command.ended() == (130, "")


def test_the_server_may_end_it_while_it_waits_for_input(stack: ExitStack, chat: Chat) -> None:
    command = Running(stack, chat.url)
    command.type("leave\n")
    status, told = command.ended()
    assert status == 0
    assert "disconnected: server disconnect\n" in told


def test_who_reads_the_output_may_have_enough(stack: ExitStack, chat: Chat) -> None:
    command = Running(stack, chat.url, "--listen")
    command.type("say 1\n")
    assert command.line() == "ack say 1\n"
    assert command.process.stdout is not None
    command.process.stdout.close()
    command.type("say 2\n")
    status, told = command.ended()
    assert status == 0
    assert told.endswith("disconnected: client disconnect\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_an_output_that_is_full_is_an_error(chat: Chat) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, chat.url],
            input=b"say\n",
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stderr.endswith(b"error: cannot write the output: No space left on device\n")


def test_streams_may_be_closed_from_the_beginning(chat: Chat) -> None:
    shell = f'exec "$@" {chat.url} <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, "sh", *COMMAND], check=False, timeout=PATIENCE)
    assert done.returncode == 0
    assert len(chat.sids) == 1


def test_a_lost_connection_ends_it_if_asked(stack: ExitStack, chat: Chat) -> None:
    way = stack.enter_context(Forwarder(chat.port))
    command = Running(stack, way.url, "--no-reconnect", "-t", "websocket")
    command.connected()
    way.cut()
    status, told = command.ended()
    assert status == 1
    assert told.startswith("disconnected: transport")


def test_the_input_waits_while_a_lost_connection_is_made_again(
    stack: ExitStack, chat: Chat
) -> None:
    way = stack.enter_context(Forwarder(chat.port))
    command = Running(stack, way.url, "-t", "websocket")
    command.connected()
    way.open = False
    way.cut()
    assert command.told().startswith("disconnected: transport")
    command.type("say 1\nsay 2\n")
    assert command.told().startswith('connecting again failed: "')
    way.open = True
    assert {command.line(), command.line()} == {"ack say 1\n", "ack say 2\n"}
    assert command.process.stdin is not None
    command.process.stdin.close()
    assert command.ended()[0] == 0


# No connection ----------------------------------------------------------------------


def test_a_server_that_is_not_there() -> None:
    done = run(f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: The connection to 127.0.0.1:")
    assert "refused" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = run(f"http://127.0.0.1:{listener.getsockname()[1]}", "--timeout", "0.3")
    assert done.returncode == 1
    assert done.stderr.startswith("error: The connection to 127.0.0.1:")


def test_a_namespace_that_refuses(chat: Chat) -> None:
    done = run(chat.url, "-n", "/no")
    assert done.returncode == 1
    said = "/no (not ?[31mfor you)"
    assert done.stderr == f"error: One or more namespaces failed to connect: {said}\n"


def test_a_server_of_something_else(chat: Chat) -> None:
    done = run(chat.url, "--path", "elsewhere")
    assert done.returncode == 1
    assert done.stderr.startswith("error: The server at ")


@pytest.mark.parametrize("arguments", [(), ("localhost:5000",), ("http://localhost", "-n", "x")])
def test_wrong_arguments(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python -m sio_client ")


def test_help_and_version() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "exit codes:" in done.stdout
    assert re.fullmatch(r"sio-client [\d.]+\S*\n", run("--version").stdout)


def test_the_log_is_shown_on_request(chat: Chat) -> None:
    done = run(chat.url, "-v", "-a", '{"token": "secret"}', lines='say "payload"\n')
    assert done.returncode == 0
    assert "secret" not in done.stderr
    assert "payload" not in done.stderr
    assert len(done.stderr.splitlines()) > len(run(chat.url).stderr.splitlines())


# A terminal ----------------------------------------------------------------------------


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        env = {**os.environ, "TERM": "xterm", **environment}
        env.pop("NO_COLOR", None)
        self._pid, self._fd = pty.fork()
        if self._pid == 0:  # pragma: no cover - the child
            os.execve(sys.executable, [*COMMAND, *arguments], env)
        self.shown = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def wait(self, pattern: str) -> None:
        """Wait until something is on the screen."""
        while not re.search(pattern, self.shown):
            assert select.select([self._fd], [], [], PATIENCE)[0], self.shown
            assert self._read(), self.shown

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # the other end is closed
            data = b""
        self.shown += data.decode(errors="replace")
        return bool(data)

    def ended(self) -> int:
        """Wait for the end. Returns the exit code."""
        while self._read():
            pass
        os.close(self._fd)
        _, status = os.waitpid(self._pid, 0)
        assert "Traceback" not in self.shown, self.shown
        assert "Fatal" not in self.shown, self.shown
        return os.waitstatus_to_exitcode(status)


def test_on_a_terminal(chat: Chat) -> None:
    terminal = Terminal(chat.url)
    terminal.wait(r"\x1b\[2mconnected to / by \w+, sid \S+\x1b\[0m\r\n")
    terminal.type('show "hällo" 1\n')
    terminal.wait(r"\x1b\[1mhällo\x1b\[0m 1\r\n")
    terminal.wait(r'\x1b\[32mack show\x1b\[0m "hällo" 1\r\n')
    terminal.type("\x04")  # the end of the input
    assert terminal.ended() == 0


def test_ctrl_c_on_a_terminal(chat: Chat) -> None:
    terminal = Terminal(chat.url)
    terminal.wait("connected to")
    terminal.type("half a li\x03")
    assert terminal.ended() == 130
    assert chat.seen == []


def test_the_server_ends_it_on_a_terminal(chat: Chat) -> None:
    terminal = Terminal(chat.url)
    terminal.wait("connected to")
    chat.wait(lambda: bool(chat.sids))
    chat.sio.disconnect(chat.sids[0])
    assert terminal.ended() == 0
    assert "disconnected: server disconnect" in terminal.shown
