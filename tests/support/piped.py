"""A program whose input and outputs are pipes of the test."""

import subprocess
from contextlib import ExitStack

from tests.support.servers import PATIENCE


class Piped:
    """A running `command`; when `stack` is closed it is killed if it is still there."""

    def __init__(self, stack: ExitStack, *command: object) -> None:
        self.process = subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        stack.callback(self._kill)

    def _kill(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        self.process.wait()

    def type(self, text: str) -> None:
        """Write to its input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line of the output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def told(self) -> str:
        """The next line of the standard error."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def ended(self) -> tuple[int, str]:
        """Wait for the end. Returns the exit code and the rest of the standard error."""
        status = self.process.wait(PATIENCE)
        assert self.process.stderr is not None
        rest = self.process.stderr.read()
        assert "Traceback" not in rest, rest
        assert "Fatal" not in rest, rest
        return status, rest
