"""Starts processes by way of templates, of which each worker has one for each kind of process."""

import atexit
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROGRAM = "tests.support.forked.template"
ROOT = Path(__file__).resolve().parents[3]


class Template:
    """A process of the interpreter `python` that forks others."""

    def __init__(self, python: str, env: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._sock, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [python, "-m", PROGRAM, str(other.fileno())],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )
        self._answers = self._sock.makefile("rb")

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Have it do something. Returns its answer."""
        with self._lock:
            self._sock.sendall(json.dumps(request).encode() + b"\n")
            answer = self._answers.readline()
        assert answer, "the template has ended, and printed why"
        return json.loads(answer)

    def end(self) -> None:
        """Let it end, which it does once nobody can ask."""
        self._answers.close()
        self._sock.close()
        self._process.wait()


class Forked:
    """A process that a template has forked, with what tests use of a `Popen`."""

    def __init__(self, template: Template, pid: int, args: Sequence[str]) -> None:
        self._template = template
        self.pid = pid
        self.args = args
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._template.ask({"reap": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Returns its exit status; raises TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        delay = 0.0005
        while (status := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            delay = min(2 * delay, 0.05)
            time.sleep(delay)
        return status

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


_templates: dict[str, Template] = {}
_lock = threading.Lock()


def start(
    name: str,
    command: Sequence[str],
    output: Path,
    *,
    imports: Sequence[str],
    env: Mapping[str, str],
    directory: Path,
) -> Forked:
    """Start `PYTHON -m MODULE ...` from the template `name`, which has the `imports` by then."""
    python, _, module, *arguments = command
    seen = {key: value for key, value in env.items() if key.startswith("PYTHON")}
    key = json.dumps([name, python, seen], sort_keys=True)
    with _lock:
        template = _templates.get(key)
        if template is None:
            template = _templates[key] = Template(python, {**os.environ, **seen})
            atexit.register(template.end)
    pid = template.ask(
        {
            "module": module,
            "arguments": arguments,
            "imports": imports,
            "output": str(output),
            "env": dict(env),
            "directory": str(directory),
        }
    )
    return Forked(template, pid, command)
