"""For every test of the repository: Ctrl-C as on a terminal, and a summary of what was missing."""

import signal

import pytest

from tests.support import components


def pytest_configure() -> None:
    # A shell that runs something in the background has it ignore SIGINT, and so do its children.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_logfinish() -> None:
    # Servers and clients in this process put theirs in front of what they find; asyncio's runner
    # does so for each of its runs. The next test begins with Python's own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if components.missing:
        terminalreporter.section("missing components")
        for name, install in sorted(components.missing.items()):
            terminalreporter.write_line(f"{name}: {install}")
