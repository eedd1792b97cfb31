"""`dev.py test`: what it repeats at once, what it runs, and that it leaves nothing running."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devtools import processes
from devtools.groups import CORE_TESTS, GROUPS, UNCOVERED, quick, selects
from devtools.testing import Listener
from tests.support.ports import free_port
from tests.support.servers import ROOT
from tests.support.side_by_side import FIRST, RABBITMQ, scope

LIMIT = 60.0
FAILURE = "FAILED tests/test_x.py::test_y[a b] - AssertionError"


def commands(name: str, *arguments: str) -> list[str]:
    groups = {group.name: group for group in (*quick(), *GROUPS)}
    return [" ".join(command) for command in groups[name].commands(arguments)]


# What is run -------------------------------------------------------------------


def test_everything_runs_in_workers_and_the_core_under_coverage() -> None:
    (tests,) = commands("tests")
    assert tests.startswith("pytest -n ")
    assert tests.endswith(" tests")
    assert "packages/sio-client/tests" in tests
    assert CORE_TESTS not in tests
    assert commands("core") == [
        f"coverage run -m pytest {CORE_TESTS} -m not ({UNCOVERED})",
        "coverage report",
        f"pytest {CORE_TESTS} -m {UNCOVERED}",  # each test is in one of the two
    ]


@pytest.mark.parametrize("arguments", [("-k", "ack"), ("tests/test_dev.py",), ("--lf",)])
def test_a_selection_has_the_terminal_for_itself(arguments: tuple[str, ...]) -> None:
    assert selects(arguments)
    for group in ("tests", "core"):
        assert not any("-n" in command.split() for command in commands(group, *arguments))


def test_a_path_goes_to_its_group_alone() -> None:
    assert commands("tests", f"{CORE_TESTS}/test_values.py", "-x") == []
    assert commands("core", f"{CORE_TESTS}/test_values.py", "-x") == [
        f"pytest {CORE_TESTS}/test_values.py -x"
    ]
    assert commands("core", "tests/test_dev.py") == []


def test_what_a_commit_should_pass_needs_no_web_server() -> None:
    (behaviour,) = commands("behaviour")
    assert "tests/client_behaviour tests/server_behaviour" in behaviour
    assert not any(group.peers for group in quick())


# What is printed ---------------------------------------------------------------


def test_a_failure_is_repeated_at_once_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    listener = Listener("tests")
    for line in ("....F", FAILURE, "...", FAILURE):
        listener.hear(line)
    assert capsys.readouterr().out == f"tests: {FAILURE}\n"
    assert len(listener.lines) == 4


def test_progress_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    listener = Listener("core")
    for percent in range(1, 101):
        listener.hear(f"{'.' * 72} [{percent:3}%]")
    told = [line.split(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert told == [f"core: {percent} %" for percent in range(10, 100, 10)]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("== 1 failed, 9043 passed, 5 warnings in 1282.99s (0:21:22) ==", "1 failed, 9043 passed"),
        ("===== 3 passed in 0.67s =====", "3 passed"),
        ("===== no tests ran in 0.01s =====", "no tests ran"),
        ("===== 5 passed, 1 error in 9.00s =====", "5 passed, 1 error"),
    ],
)
def test_the_closing_line_of_pytest_is_kept(line: str, kept: str) -> None:
    listener = Listener("tests")
    listener.hear(line)
    assert [text.partition(", 5 warnings")[0] for text in listener.closing] == [kept]


WAITING = """
import os, time
end = time.monotonic() + 60
while os.getpriority(os.PRIO_PROCESS, 0) != 10 and time.monotonic() < end:
    time.sleep(0.01)
print(os.getpriority(os.PRIO_PROCESS, 0))
"""


@pytest.mark.skipif(os.name != "posix", reason="priorities are those of POSIX")
def test_what_waits_for_nothing_steps_aside() -> None:
    lines: list[str] = []
    assert processes.collect([sys.executable, "-c", WAITING], lines.append, aside=True) == 0
    assert lines == ["10"]


# Workers -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "belongs_to"),
    [
        ("tests/test_views.py::test_x[uvicorn]", "tests/test_views.py"),
        (
            "tests/test_wire_http.py::test_x[polling-gunicorn-gevent-websocket-1]",
            "tests/test_wire_ gunicorn-gevent-websocket",
        ),
        (
            "tests/server_behaviour/test_rooms.py::test_x[polling-uvicorn-sio]",
            "tests/server_behaviour/ uvicorn-sio",
        ),
        (
            "tests/server_behaviour/test_log.py::test_y[memory-asyncio]",
            "tests/server_behaviour/ ",
        ),
        ("tests/test_brokers.py::test_x[redis]", "tests/test_brokers.py"),
        ("tests/test_brokers.py::test_x[rabbitmq]", "rabbitmq"),
    ],
)
def test_tests_that_share_servers_go_to_one_worker(test: str, belongs_to: str) -> None:
    assert scope(test) == belongs_to


def test_what_takes_longest_is_still_there() -> None:
    names = [name for name in FIRST if name != RABBITMQ]
    assert [name for name in names if not list(ROOT.glob(f"{name}*"))] == []


def test_no_two_workers_are_given_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    found = []
    for worker in ("gw0", "gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        found.append({free_port() for _ in range(20)})
    assert found[0].isdisjoint(found[1] | found[2])
    assert found[1].isdisjoint(found[2])


# The end -----------------------------------------------------------------------

# Starts a program that does not listen, and this one a server in a group of its own.
PROGRAM = """
import signal, sys
from threading import Thread
import dev
from devtools import processes

GRANDCHILD = "import time; time.sleep(600)"
CHILD = '''
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
server = subprocess.Popen([sys.executable, "-c", sys.argv[1]], start_new_session=True)
print(server.pid, flush=True)
time.sleep(600)
'''
processes.GRACE = 0.5


def main(arguments):
    command = [sys.executable, "-c", CHILD, GRANDCHILD]
    lane = Thread(target=processes.collect, args=(command, lambda line: print(line, flush=True)))
    lane.daemon = True
    lane.start()
    lane.join()


signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup has everybody ignore
dev.main = main
sys.exit(dev.run())
"""


def is_there(pid: int) -> bool:
    """Tell whether a process runs: one that has ended may still wait for its parent."""
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="descendants are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_end_of_dev_py_is_the_end_of_all_that_it_started(number: signal.Signals) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=env, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        server = int(process.stdout.readline())
        assert is_there(server)
        process.send_signal(number)
        assert process.wait(LIMIT) == 128 + number
        deadline = time.monotonic() + LIMIT
        while is_there(server):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        process.kill()
        process.communicate()
