"""For every test of the repository: Ctrl-C as on a terminal, and a summary of what was missing.

With the workers of pytest-xdist (`-n 2`) `tests/support/side_by_side.py` says what stays together.
"""

import contextlib
import gc
import logging
import os
import signal
from typing import Any

import pytest

# Before its modules are imported: a check that fails there says with which values.
pytest.register_assert_rewrite("tests.support")

from tests.support import components  # noqa: E402

with contextlib.suppress(ImportError):  # where no test is a property
    from hypothesis import settings

    # How long an example takes says how busy the machine is.
    settings.register_profile("any machine", deadline=None)
    settings.load_profile("any machine")

_terminal: pytest.TerminalReporter | None = None


def pytest_configure(config: pytest.Config) -> None:
    global _terminal
    _terminal = config.pluginmanager.get_plugin("terminalreporter")
    # A shell that runs something in the background has it ignore SIGINT, and so do its children.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# A server or client with `logger=True` sets their level for the whole process.
LOGGERS = ("socketio.server", "engineio.server", "socketio.client", "engineio.client")


def pytest_runtest_logfinish() -> None:
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    # Servers and clients in this process put theirs in front of what they find; asyncio's runner
    # does so for each of its runs. The next test begins with Python's own.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if components.missing:
        terminalreporter.section("missing components")
        for name, install in sorted(components.missing.items()):
            terminalreporter.write_line(f"{name}: {install}")


# Beside other programs, as `dev.py test` runs it ----------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> Any:
    result = yield
    if report.failed and _terminal is not None and "SIO_TELL_FAILURES_AT_ONCE" in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message.splitlines()[0] if crash else report.longreprtext[-200:]
        _terminal.write_line(f"FAILED {report.nodeid} - {why}")
    return result


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.support.side_by_side import schedule

    return schedule(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    # Ten thousand tests are no garbage: a quarter of the time of collecting them, in each worker.
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        from tests.support.side_by_side import arrange

        arrange(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = dict(components.missing)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    components.missing.update(getattr(node, "workeroutput", {}).get("missing", {}))
