"""For every test of the repository: a closing summary of the components that were missing."""

import pytest

from tests.support import components


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if components.missing:
        terminalreporter.section("missing components")
        for name, install in sorted(components.missing.items()):
            terminalreporter.write_line(f"{name}: {install}")
