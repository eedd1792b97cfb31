"""The forwarder as a program, and what it tells managers."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import zmq

from tests.support.brokers.zmq_forwarder import ZeroMQ

pytest_plugins = ["tests.support.brokers.fixtures"]

over_both = pytest.mark.parametrize("broker", ["zeromq", "zeromq-unix"], indirect=True)
LIMIT = 60


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sio_zmq.forwarder", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


@over_both
def test_an_address_that_is_taken_is_one_line(broker: ZeroMQ) -> None:
    done = run(broker.url)
    assert done.returncode == 1
    assert done.stderr == (f"sio_zmq.forwarder: {broker.addresses[0]}: Address already in use\n")
    assert broker.alive()


def test_an_address_that_cannot_be_listened_at(tmp_path: Path) -> None:
    done = run(f"zmq+ipc://{tmp_path}/none/in+out")
    assert done.returncode == 1
    assert done.stderr == (
        f"sio_zmq.forwarder: ipc://{tmp_path}/none/in: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["redis://host"], "'redis' is no address of a forwarder"),
        (["zmq+tcp://host"], "zmq+tcp://host:5555+5556"),
        (["--largest", "0"], "'0' is no number between 1 and"),
        (["--most-waiting", "many"], "'many' is no number between 1 and"),
    ],
)
def test_a_command_that_is_wrong(arguments: list[str], reason: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "sio_zmq.forwarder", f"zmq+ipc://{tmp_path}/in+out"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"sio_zmq.forwarder: from ipc://")
        process.send_signal(number)
        assert process.wait(LIMIT) == 0
        assert process.stdout.read() == b""


def test_who_pushes_what_is_too_large_is_disconnected_and_others_are_not(tmp_path: Path) -> None:
    url = f"zmq+ipc://{tmp_path}/in+out"
    command = [sys.executable, "-m", "sio_zmq.forwarder", url, "--largest", "1000"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        zmq.Context() as context,
        context.socket(zmq.SUB) as heard,
        context.socket(zmq.PUSH) as one,
        context.socket(zmq.PUSH) as two,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        heard.subscribe(b"")
        heard.connect(f"ipc://{tmp_path}/out")
        for push in (one, two):
            push.linger = 0
            push.connect(f"ipc://{tmp_path}/in")
        while not heard.poll(20):
            two.send(b"begun")
        one.send(b"x" * 1001)
        two.send(b"y" * 1000)
        while (frame := heard.recv()) == b"begun":
            pass
        assert frame == b"y" * 1000
        process.terminate()
        assert process.wait(LIMIT) == 0
