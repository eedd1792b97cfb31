"""The benchmark runs and says plainly what it lacks; no test here judges a speed."""

import contextlib
import json
import math
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.components import require

BENCH = Path(__file__).resolve().parents[1] / "bench"
TINY = ("--reps", "1", "--duration", "0.15", "--tries", "1")
FLEET = ("--reps", "1", "--fleet-emits", "40", "--fleet-clients", "4", "--fleet-servers", "3")
VARIABLES = ("SIO_PEER_PYTHON", "SIO_OURS_PYTHON")  # they would stand in for the options
COMPILE = """#!/bin/sh
# gcc -O2 -o TARGET ..., but what was compiled once is not compiled again
target=$3; shift 3
built=$0-$(echo "$@" | cksum | tr ' ' -)
[ -e "$built" ] || {gcc} -O2 -o "$built" "$@" && cp "$built" "$target"
"""


@pytest.fixture(autouse=True, scope="module")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compile the load generator once for all of the tests."""
    gcc = shutil.which("gcc")
    folder = tmp_path_factory.mktemp("compiler")
    with pytest.MonkeyPatch.context() as patch:
        if gcc is not None:
            program = folder / "gcc"
            program.write_text(COMPILE.replace("{gcc}", gcc))
            program.chmod(0o755)
            patch.setenv("PATH", str(folder), os.pathsep)
        yield


def bench(
    *arguments: str, folder: Path = BENCH, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the benchmark command to its end."""
    environment = dict(os.environ, PATH=path or os.environ["PATH"])
    for name in VARIABLES:
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, str(folder / "run.py"), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Start processes on one core, where the load generator does not wait in a loop."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, random.sample(sorted(before), 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return a function that runs the command here, and returns why nothing could be run."""
    monkeypatch.syspath_prepend(str(BENCH))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    import run

    def complaint(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            sys.exit(run.main(list(arguments)))
        assert ended.value.code == 2
        return capsys.readouterr().err

    return complaint


def ratios(record: Path, scenario: str) -> dict[str, Any]:
    """Return the ratios in the record, which are numbers above 0."""
    found: dict[str, Any] = json.loads(record.read_text())["scenarios"][scenario]["ratios"]
    for figures in found.values():
        for ratio in figures.values():
            assert ratio["median"] > 0
            assert math.isfinite(ratio["greatest"])
    return found


@pytest.mark.parametrize("parser", ["msgpack", "cbor"])
def test_other_parsers_are_measured(parser: str, tmp_path: Path) -> None:
    require("gcc")
    record = tmp_path / "bench.json"
    asked = [f"--scenario={name}" for name in ("echo32", "bcast100")]
    tls = ["--tls"] * (parser == "cbor")
    options = ["--side", "ours", "--parser", parser, *tls, "--json", str(record)]
    with one_core():
        run = bench(*options, *asked, *TINY)
    assert run.returncode == 0, run.stderr
    assert set(json.loads(record.read_text())["scenarios"]) == {"echo32", "bcast100"}


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--side", "node", "--parser", "cbor"), "--parser cbor compares ours, fast"),
        (
            ("--side", "ours", "--parser", "msgpack", "--scenario", "rooms"),
            "--parser is for echo32",
        ),
    ],
    ids=["side", "scenario"],
)
def test_other_parsers_are_not_for_everything(
    refused: Callable[..., str], options: tuple[str, ...], complaint: str
) -> None:
    assert complaint in refused(*options)


def test_compares_two_sides_and_prints_the_document(tmp_path: Path) -> None:
    require("gcc")
    record = tmp_path / "bench.json"
    # the same interpreter on both sides: this is about the command, not about a peer
    sides = ["--side", "theirs", "--theirs", sys.executable, "--side", "ours"]
    run = bench(*sides, "--scenario", "echo32", *TINY, "--markdown", "--json", str(record))
    assert run.returncode == 0, run.stderr
    assert set(ratios(record, "echo32")["theirs/ours"]) == {"cpu_us"}
    assert re.search(r"^\| echo32 +\| +[\d.]+ \| +6 \|$", run.stdout, re.MULTILINE), run.stdout
    assert re.match(r"Measured on \d{4}-\d\d-\d\d with", run.stdout)
    assert re.search(r"^\* `ours`: .*uvicorn \d", run.stdout, re.MULTILINE), run.stdout


def test_measures_node_and_the_time_to_start(tmp_path: Path) -> None:
    for component in ("gcc", "node", "npm"):
        require(component)
    record = tmp_path / "bench.json"
    sides = ["--side", "plain", "--side", "node"]
    scenarios = ["--scenario", "bin1k", "--scenario", "cold"]
    with one_core():
        run = bench(*sides, *scenarios, *TINY, "--json", str(record))
    assert run.returncode == 0, run.stderr
    assert set(ratios(record, "bin1k")["node/plain"]) == {"cpu_us"}
    assert set(ratios(record, "cold")["node/plain"]) == {"import_ms", "start_ms"}
    assert "bin1k: CPU us/msg, node/plain: " in run.stdout


def test_measures_latency_heartbeats_and_polls_over_tls(tmp_path: Path) -> None:
    for component in ("gcc", "node", "npm", "openssl"):
        require(component)
    record = tmp_path / "bench.json"
    names = ("paced32", "crowd", "pollecho", "idle")
    scenarios = [word for name in names for word in ("--scenario", name)]
    size = [*TINY, "--connections", "200", "--json", str(record)]
    with one_core():
        run = bench("--latency", "--tls", *scenarios, *size, "--markdown")
    assert run.returncode == 0, run.stderr
    assert "echo32: node takes " in run.stderr
    judged = set(ratios(record, "paced32")["node/ours"]) - {"stall_ms"}
    assert judged == {"p50_ms", "p99_ms", "p999_ms"}
    found = json.loads(record.read_text())["scenarios"]
    # There is no ratio where a loop was never held up.
    stalls = [side["stall_ms"] for turn in found["paced32"]["turns"] for side in turn.values()]
    assert len(stalls) > 1
    assert min(stalls) >= 0
    turn = found["crowd"]["turns"][0]["ours"]
    assert turn["asked"] == 1000
    assert turn["p50_ms"] <= turn["p999_ms"] <= turn["longest_ms"]
    assert set(ratios(record, "pollecho")["node/ours"]) == {"cpu_us"}
    assert found["idle"]["medians"]["ours"]["connection_kib"] > 0
    assert "`python3 dev.py bench --tls --markdown`" in run.stdout
    assert "| idle, kernel KiB/connection" in run.stdout


def test_measures_what_socketio_costs(tmp_path: Path) -> None:
    require("gcc")
    record = tmp_path / "bench.json"
    sides = [word for name in ("ours", "bare", "bare-own") for word in ("--side", name)]
    scenarios = ["--scenario", "echo32", "--scenario", "bcast100"]
    with one_core():
        run = bench("--bare", *sides, *scenarios, *TINY, "--json", str(record))
    assert run.returncode == 0, run.stderr
    for scenario in ("echo32", "bcast100"):
        assert set(ratios(record, scenario)) == {"ours/bare", "ours/bare-own"}
    assert "echo32: CPU us/msg, ours/bare: " in run.stdout


def test_what_is_measured_of_bare_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import commandline

    options = commandline.parse(["--bare"])
    assert options.scenarios == ["echo32", "bcast1000"]
    assert options.sides == ["ours", "plain", "bare", "bare-own"]


def test_measures_the_blocking_server(tmp_path: Path) -> None:
    require("gcc")
    record = tmp_path / "bench.json"
    sides = ["--side", "ours-threads", "--side", "plain"]
    asked = ["--scenario", "bcast100", "--scenario", "connect"]
    run = bench(*sides, "--wsgi", *asked, "--tls", *TINY, "--json", str(record))
    assert run.returncode == 0, run.stderr
    for scenario in ("bcast100", "connect"):
        assert set(ratios(record, scenario)["ours-threads/plain"]) == {"cpu_us"}


def test_measures_the_clients(tmp_path: Path) -> None:
    record = tmp_path / "bench.json"
    sides = ["--side", "ours-async", "--side", "ours-blocking"]
    scenarios = ["--scenario", "call", "--scenario", "pollreceive", "--scenario", "many"]
    run = bench("--clients", *sides, *scenarios, *TINY, "--json", str(record), "--markdown")
    assert run.returncode == 0, run.stderr
    assert set(ratios(record, "call")["ours-async/ours-blocking"]) == {"cpu_us"}
    assert set(ratios(record, "pollreceive")["ours-async/ours-blocking"]) == {"cpu_us"}
    # for a thousand at once there is only AsyncClient
    many = json.loads(record.read_text())["scenarios"]["many"]
    assert many["medians"]["ours-async"]["clients"] == 1000
    assert many["medians"]["ours-blocking"]["clients"] is None
    assert "`python3 dev.py bench --clients --markdown`" in run.stdout


def test_measures_fleets(tmp_path: Path) -> None:
    require("redis-server")
    record = tmp_path / "bench.json"
    run = bench("--cluster", "--side", "ours", *FLEET, "--json", str(record))
    assert run.returncode == 0, run.stderr
    assert re.search(r"^\| a room on one of 3 servers / .* <= 1.2 \|$", run.stdout, re.MULTILINE)
    fleets = json.loads(record.read_text())
    assert set(fleets) == {"broadcast-1", "broadcast-2", "room-2-ours", "room-3-ours"}
    assert fleets["room-3-ours"][0]["fleet_us"] > fleets["room-3-ours"][0]["bystander_us"] > 0


def test_measures_fleets_of_threads() -> None:
    require("redis-server")
    run = bench("--cluster", "--wsgi", "--side", "ours-threads", *FLEET)
    assert run.returncode == 0, run.stderr
    assert re.search(r"^\| ours-threads: a room on one of 3 servers \|", run.stdout, re.MULTILINE)


def test_a_client_that_goes_wrong_fails_its_turn(tmp_path: Path) -> None:
    folder = shutil.copytree(BENCH, tmp_path / "bench", ignore=lambda *_: ["node_modules"])
    handlers = folder / "servers" / "handlers.py"
    handlers.write_text(handlers.read_text().replace("return data", "return str(data)[1:]"))
    run = bench("--side", "ours-async", "--scenario", "call", *TINY, folder=folder)
    assert run.returncode == 1, run.stderr
    assert re.search(r"failed: ours-async: the answer to '.*' was '.*'", run.stdout), run.stdout


def test_compares_each_mode_with_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import sides

    modes = ("threads", "gevent", "eventlet")
    assert sides.pairs(sides.WSGI) == [(f"ours-{mode}", f"theirs-{mode}") for mode in modes]


def test_frameworks_run() -> None:
    require("gcc")
    sides = ("--side", "ours-aiohttp", "--side", "ours-tornado")
    run = bench(*sides, "--scenario", "echo32", *TINY)
    assert run.returncode == 0, run.stderr  # as it is not where a side fails


def test_names_the_module_that_an_interpreter_lacks(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    run = bench("--theirs", str(tmp_path / "bare" / "bin" / "python"))
    assert run.returncode == 2
    assert "none uses them" in run.stderr  # uvloop and httptools
    assert "lacks socketio, uvicorn, websockets; install " in run.stderr


def test_says_what_to_install_without_gcc_and_npm(tmp_path: Path) -> None:
    # a copy has no packages installed
    folder = shutil.copytree(BENCH, tmp_path / "bench", ignore=lambda *_: ["node_modules"])
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "node").symlink_to(require("node"))

    run = bench("--theirs", sys.executable, folder=folder, path=str(programs))
    assert run.returncode == 2
    assert "node is left out: npm is not installed" in run.stderr
    assert "gcc is not installed" in run.stderr

    run = bench("--side", "ours", "--side", "node", folder=folder, path=str(programs))
    assert run.returncode == 2
    assert "left out" not in run.stderr
    assert "npm is not installed" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "--theirs is needed"),
        (["--theirs", "nowhere/python"], "--theirs: cannot run"),
        (["--side", "ours", "--scenario", "echo"], "invalid choice: 'echo'"),
        (["--side", "ours", "--side", "ours-async"], "servers are not compared with clients"),
        (["--side", "ours", "--scenario", "call"], "--scenario call is for clients"),
        (["--side", "ours-async", "--scenario", "idle"], "--scenario idle is for servers"),
        (["--side", "ours", "--connections", "9"], "--connections must be between"),
        (["--side", "ours-tornado", "--tls"], "--tls is not for ours-tornado"),
        (["--side", "ours", "--reps", "0"], "--reps and --tries must be at least 1"),
        (["--cluster", "--side", "ours", "--fleet-servers", "2"], "--fleet-servers must be"),
        (["--admin", "--side", "theirs", "--theirs", sys.executable], "--admin measures ours"),
        (["--side", "ours", "--duration", "0"], "--duration must be between"),
        (["--side", "ours", "--json", "nowhere/file"], "--json: there is no folder nowhere"),
    ],
)
def test_refuses_wrong_arguments(
    refused: Callable[..., str], arguments: list[str], text: str
) -> None:
    assert text in refused(*arguments)


def test_a_program_that_is_refused_says_so_by_its_status() -> None:
    run = bench("--side", "mine")
    assert run.returncode == 2
    assert "invalid choice: 'mine'" in run.stderr


ANSWERING = """
import socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listening.accept()
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
    connection.close()
"""


def test_takes_another_port_when_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import serving
    from contenders import Contender
    from sides import BenchError

    command = (sys.executable, "-c", ANSWERING)
    server = serving.Server(Contender("ours", "a title", command, {}, {}), None)
    free = serving.free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        taken = holder.getsockname()[1]
        ports = [taken, free, taken, taken, taken]
        monkeypatch.setattr(serving, "free_port", lambda: ports.pop(0))
        try:
            server.start()
            assert server.port == free
            server.stop()
            with pytest.raises(BenchError, match=f"taken by other programs .* {taken}"):
                server.start()
        finally:
            server.stop()


def test_the_walks_of_messages_are_counted() -> None:
    command = [sys.executable, str(BENCH / "walks.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 9
    assert all(re.search(r": .* \d+ files in +\d+ folders, +\d+ calls", line) for line in lines)


def test_says_what_an_open_page_of_the_admin_ui_costs(tmp_path: Path) -> None:
    record = tmp_path / "bench.json"
    run = bench("--admin", "--fleet-clients", "5", *TINY, "--json", str(record))
    assert run.returncode == 0, run.stderr
    assert "5 clients, 200 events a second, 1 pairs of turns" in run.stdout
    [[unwatched, watched]] = json.loads(record.read_text())
    assert unwatched > 0
    assert watched > 0


@pytest.mark.parametrize("windows", [3, 99])
def test_a_window_in_which_nothing_got_through_is_made_longer(
    monkeypatch: pytest.MonkeyPatch, windows: int
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import measuring
    from sides import BenchError

    tried: list[float] = []

    def generate(server: Any, scenario: Any, options: Any, seconds: float, pace: float) -> Any:
        tried.append(seconds)
        found = dict.fromkeys(("p50_us", "p99_us", "cpu_us_per_msg", "cpu_sys_s", "rate"), 1.0)
        # one message gets through before, in less than a tick of CPU time
        found |= {"msgs": float(len(tried) >= windows - 1), "cpu_s": float(len(tried) == windows)}
        return {**found, "rss_kb": 1, "gen_cpu": 1}

    monkeypatch.setattr(measuring, "_generate", generate)
    options: Any = SimpleNamespace(duration=0.5)
    server: Any = SimpleNamespace(label="ours")
    scenario: Any = SimpleNamespace(kind=None)
    if windows == 3:
        assert measuring.drive(server, scenario, options)["messages"] == 1
        assert tried == [0.5, 1.0, 2.0]
    else:
        with pytest.raises(BenchError, match="no message got through"):
            measuring.drive(server, scenario, options)
        assert tried[-1] == measuring.LONGEST_S


def test_says_which_limit_is_too_low_for_a_crowd(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import limits

    monkeypatch.setattr(limits.resource, "getrlimit", lambda what: (1024, 20_000))
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(limits.resource, "setrlimit", lambda what, pair: raised.append(pair))
    monkeypatch.setattr(limits, "PORTS", tmp_path / "ports")
    limits.make_room(50_000)  # as root, where the kernel does not say what ports there are
    limits.make_room(10_000)
    assert raised == [(50_200, 50_200), (20_000, 20_000)]

    limits.PORTS.write_text("32768\t40000\n")
    with pytest.raises(limits.BenchError, match=r"10200 ports .* 7233 allowed: .*port_range"):
        limits.make_room(50_000)
    limits.make_room(7_000)

    def refuse(what: int, pair: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(limits.resource, "setrlimit", refuse)
    with pytest.raises(limits.BenchError, match=r"50200 open files .* 20000 allowed: .*ulimit -n"):
        limits.make_room(50_000)


def test_says_what_one_core_carries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import capacity
    from comparing import Comparison

    echo = Comparison("echo32", ("ours",))
    echo.turns = [{"ours": {"cpu_us": cpu, "kernel_us": 1.0}} for cpu in (9.0, 10.0, 30.0)]
    idle = Comparison("idle", ("ours",))
    idle.turns = [{"ours": {"connection_kib": 8.0, "kernel_kib": 7.5, "beat_us": 30.0}}]
    failed = Comparison("connect", ("ours",))
    text = capacity.table([echo, failed, idle], "ours")
    assert re.search(r"^\| events of 32 bytes .* 10.0 \| +1.0 \| +100,000 \|$", text, re.MULTILINE)
    assert re.search(r"^\| WebSocket connect.* - \| +- \| +- \|$", text, re.MULTILINE)
    assert re.search(r"^\| heartbeats .* 30.0 \| +- \| +33,000 \|$", text, re.MULTILINE)
    assert "8.0 KiB of the process, so a GiB holds 130,000 of them" in text
    assert "7.5 KiB of the kernel" in text


STAT = """cpu  1000 0 500 90000 10 0 20 300 0 0
cpu0 600 10 300 40000 5 1 4 200 0 0
cpu1 400 0 200 50000 5 0 16 100 0 0
intr 1 2 3
"""


def test_the_time_of_cores_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import quiet

    ticks = 1 / quiet.TICK_S
    assert quiet.core_seconds(STAT, [0]) == pytest.approx((915 / ticks, 200 / ticks))
    assert quiet.core_seconds(STAT, [0, 1]) == pytest.approx((1531 / ticks, 300 / ticks))
    assert quiet.core_seconds(STAT, []) == pytest.approx((1520 / ticks, 300 / ticks))


def test_what_others_take_is_told_from_what_a_turn_uses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import quiet

    used, now = [1.0, 1.5], [10.0, 12.0]
    nothing = SimpleNamespace(ru_utime=3.0, ru_stime=1.0)
    monkeypatch.setattr(quiet.resource, "getrusage", lambda who: nothing)
    monkeypatch.setattr(quiet.time, "monotonic", lambda: now.pop(0))
    monkeypatch.setattr(quiet, "STAT", tmp_path / "stat")
    monkeypatch.setattr(quiet, "TICK_S", 0.01)
    quiet.STAT.write_text("cpu3 100 0 0 0 0 0 0 7 0 0\n")
    watch = quiet.Watch([3], lambda: used.pop(0))
    quiet.STAT.write_text("cpu3 180 0 10 0 0 0 0 27 0 0\n")
    # 0.9 s in all, 0.5 s of it the turn's own, in two seconds
    assert watch.shares() == pytest.approx({"others": 0.2, "stolen": 0.1})


@pytest.mark.parametrize(
    ("shares", "tries", "taken", "kept"),
    [
        ((0.0, 9.9), 3, 1, 0.0),
        ((0.4, 0.05, 9.9), 3, 2, 0.05),
        ((0.4, 0.2, 0.3, 9.9), 3, 3, 0.2),
        ((0.4, 9.9), 1, 1, 0.4),
    ],
    ids=["quiet", "quiet-later", "never-quiet", "one-try"],
)
def test_a_disturbed_turn_is_taken_again(
    monkeypatch: pytest.MonkeyPatch,
    shares: tuple[float, ...],
    tries: int,
    taken: int,
    kept: float,
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import quiet
    import reporting
    from comparing import Comparison

    left = list(shares)
    monkeypatch.setattr(
        quiet.Watch, "shares", lambda self: {"others": left.pop(0), "stolen": 0.001}
    )
    turns: list[int] = []

    def turn() -> dict[str, float]:
        turns.append(len(turns))
        return {"cpu_us": float(len(turns))}

    sample = quiet.quietest(turn, tries, [])
    assert len(turns) == taken
    assert sample == {"cpu_us": 1 + shares.index(kept), "others": kept, "stolen": 0.001}
    echo = Comparison("echo32", ("ours",))
    echo.turns = [{"ours": sample}, {"ours": {"others": 0.0, "stolen": 0.0}}]
    said = reporting.doubts([echo])
    assert len(said) == (kept > quiet.SMALL)
    assert not said or "in 1 of 2 turns others took the cores, at most" in said[0]


def test_the_bytecodes_of_messages_are_counted() -> None:
    pytest.importorskip("uvloop")
    command = [sys.executable, str(BENCH / "bytecodes.py"), "--functions", "3"]
    command += ["--scenario", "echo", "--scenario", "poll", "--side", "ours", "--side", "bare-own"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert "| echo | ours | bare-own |" in done.stdout
    assert "| poll | ours |" in done.stdout
    sums = re.findall(r"^\| \*\*sum\*\* \|(.*)$", done.stdout, re.MULTILINE)
    echo, poll = ([int(n) for n in re.findall(r"\d+", row.replace(",", ""))] for row in sums)
    assert echo[0] > echo[1] > 100
    assert poll[0] > echo[0]
    assert len(re.findall(r"^ +\d+\.\d +\d+\.\d\d  \S+  \S+$", done.stdout, re.MULTILINE)) == 9


def test_the_price_of_parsers_is_measured() -> None:
    command = [sys.executable, str(BENCH / "micro.py"), "--parsers", "--repeats", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    header, _, *rows = done.stdout.splitlines()
    assert header.startswith("| packet | JSON | MessagePack |")
    assert len(rows) == 6
    assert all(re.fullmatch(r"\| [^|]+( \| [\d.]+)+ \|", row) for row in rows), rows
