"""`dev.py test`: groups of checks side by side, with what each prints in one piece."""

import re
import threading
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from devtools import processes
from devtools.components import provide_debian_packages, provide_node
from devtools.environments import TOOLS, Unmade, environment, tool_python, variables
from devtools.groups import GROUPS, Group, programs_in_the_field, quick, selects
from devtools.output import say

LANES = 2
PYCACHE = TOOLS / "pycache"
# pytest's exit status for "no test was collected".
NOTHING_COLLECTED = 5
PERCENT = re.compile(r"\[ *(\d+)%\]$")
STEP = 10  # percent of a group's tests after which it says so
FAILED = re.compile(r"(FAILED|ERROR) (\S+)")
CLOSING = re.compile(r"=+ (.*\b(?:passed|failed|errors?|no tests ran)\b.*?) in [\d.]+s.*=+$")


@dataclass
class Result:
    """What came of one group."""

    group: Group
    status: int = 0
    seconds: float = 0.0
    closing: list[str] = field(default_factory=list)
    """How many tests passed and failed, as pytest has it."""

    def line(self) -> str:
        """Return its line of the table at the end."""
        word = "FAILED" if self.status else "passed"
        return f"  {self.group.name:<10}{self.seconds:5.0f} s  {word:<8}{'; '.join(self.closing)}"


class Listener:
    """Hears what the commands of a group print, and repeats at once what cannot wait."""

    def __init__(self, name: str) -> None:
        self.lines: list[str] = []
        self.closing: list[str] = []
        self._name = name
        self._begun = time.monotonic()
        self._told = 0
        self._failed: set[str] = set()

    def hear(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)
        if found := FAILED.match(line):
            if found[2] not in self._failed:  # pytest repeats them at its end
                self._failed.add(found[2])
                say(f"{self._name}: {line}")
        elif found := PERCENT.search(line):
            percent = int(found[1])
            if self._told + STEP <= percent < 100:
                self._told = percent - percent % STEP
                say(f"{self._name}: {percent} % ({time.monotonic() - self._begun:.0f} s)")
        elif found := CLOSING.match(line):
            self.closing.append(found[1])


class Run:
    """One run of some groups."""

    def __init__(self, groups: Sequence[Group], extra: Sequence[str]) -> None:
        self._extra = extra
        self._count = len(groups)
        self._waiting = list(groups)
        self._lock = threading.Lock()
        self._compiled = PYCACHE.exists()
        self._begun = 0
        self.results: list[Result] = []

    def one_by_one(self) -> None:
        """Run groups in turn, each with the terminal for itself."""
        for group in self._waiting:
            self._number(group)
            result = Result(group)
            begun = time.monotonic()
            try:
                python, env = self._prepare(group)
                for command in group.commands(self._extra):
                    say(f"\n==> {group.name}: {' '.join(command)}")
                    status = processes.call([str(python), "-m", *command], env=env)
                    result.status = result.status or status
            except Unmade as error:
                say(str(error))
                result.status = 1
            result.seconds = time.monotonic() - begun
            self.results.append(result)

    def side_by_side(self) -> None:
        """Run groups in lanes."""
        lanes = [threading.Thread(target=self._lane, daemon=True) for _ in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def _lane(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    return
                group = self._waiting.pop(0)
            try:
                self._collected(group)
            except processes.Ended:
                return

    def _collected(self, group: Group) -> None:
        """Run a group, and print what it printed when it is done."""
        self._number(group)
        result, listener = Result(group), Listener(group.name)
        begun = time.monotonic()
        try:
            python, env = self._prepare(group)
            env["SIO_TELL_FAILURES_AT_ONCE"] = "1"  # conftest.py
            aside = not group.peers  # whoever waits for servers goes first
            for command in group.commands(self._extra):
                listener.lines.append(f"$ {' '.join(command)}")
                full = [str(python), "-m", *command]
                status = processes.collect(full, listener.hear, env=env, aside=aside)
                result.status = result.status or status
        except Unmade as error:
            listener.lines.append(str(error))
            result.status = 1
        except Exception as error:
            if isinstance(error, processes.Ended):
                raise
            listener.lines += traceback.format_exception(error)
            result.status = 1
        result.seconds = time.monotonic() - begun
        result.closing = listener.closing
        word = "FAILED" if result.status else "passed"
        heading = f"\n==> {group.name}: {word} ({result.seconds:.0f} s)"
        say("\n".join([heading, *listener.lines, ""]))
        with self._lock:
            self.results.append(result)

    def _number(self, group: Group) -> None:
        with self._lock:
            self._begun += 1
            number = self._begun
        say(f"{number} of {self._count}: {group.name} … ({group.about})")

    def _prepare(self, group: Group) -> tuple[Path, dict[str, str]]:
        """Return the interpreter of a group and the variables of its processes. Raises Unmade."""
        python = environment(group.env)
        extra = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        if group.peers:
            provide_debian_packages()
        if group.peers or group.name == "pyright":
            provide_node()
        env = variables(python, extra)
        # Hundreds of processes import the same modules: compiled once, whatever the user prefers.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(PYCACHE)
        if group.peers:
            with ThreadPoolExecutor(len(group.peers) + 1) as pool:
                if not self._compiled:
                    pool.submit(self._compile, group, python, dict(env))
                found = pool.map(_environment, group.peers)
                for name, python_of in zip(group.peers, found, strict=True):
                    if python_of is not None:
                        variable = name.upper().replace("-", "_")
                        env[f"SIO_{variable}_PYTHON"] = str(python_of)
        return python, env

    def _compile(self, group: Group, python: Path, env: dict[str, str]) -> None:
        """Have one process compile all tests while environments are made, and not each worker."""
        for command in group.commands(self._extra):
            full = [str(python), "-m", *command, "--collect-only", "-qq", "-n", "0"]
            processes.collect(full, lambda _line: None, env=env)


def _environment(name: str) -> Path | None:
    """Return the interpreter of an environment, or say why there is none.

    The tests that need it are skipped then, and fail in CI.
    """
    try:
        return environment(name)
    except Unmade as error:
        say(str(error))
    except processes.Ended:
        pass
    return None


def run_field(extra: Sequence[str]) -> int:
    """Run the programs in the field that `run_tests` leaves out. Raises Unmade."""
    group = programs_in_the_field()
    begun = time.monotonic()
    for name in group.peers:
        environment(name)  # whoever asks for them does not want them skipped
    run = Run((group,), extra)
    run.one_by_one()
    return _verdict(run.results, picked=False, seconds=time.monotonic() - begun)


def run_tests(only: Sequence[str], extra: Sequence[str], *, fast: bool = False) -> int:
    """Run every group, or those asked for, then say which failed."""
    picked = selects(extra)
    if fast:
        groups = quick()
    elif only:
        groups = tuple(group for group in GROUPS if group.name in only)
    else:
        groups = tuple(group for group in GROUPS if not picked or group.pytest)
    groups = tuple(group for group in groups if group.commands(extra))
    begun = time.monotonic()
    tool_python()
    run = Run(groups, extra)
    if picked or len(groups) == 1:
        run.one_by_one()
    else:
        run.side_by_side()
    results = sorted(run.results, key=lambda result: groups.index(result.group))
    return _verdict(results, picked=picked, seconds=time.monotonic() - begun)


def _verdict(results: Sequence[Result], *, picked: bool, seconds: float) -> int:
    """Print what came of the groups. Returns: the exit status."""
    # With a selection it is enough that one of the pytest runs found something.
    empty = [result for result in results if result.status == NOTHING_COLLECTED]
    if picked and len(empty) < sum(result.group.pytest for result in results):
        for result in empty:
            result.status = 0
    if len(results) > 1:
        say("\n" + "\n".join(result.line() for result in results))
    failed = [result.group.name for result in results if result.status]
    passed = ", ".join(result.group.name for result in results)
    verdict = f"FAILED: {', '.join(failed)}" if failed else f"passed: {passed}"
    say(f"\ndev.py test: {verdict} ({seconds:.0f} s)")
    return 1 if failed else 0
