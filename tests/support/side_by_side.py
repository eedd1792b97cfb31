"""How pytest-xdist shares out the tests: what uses the same servers goes to the same worker."""

from collections import Counter
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support.servers import COMMANDS, WSGI_COMMANDS

# Folders and files whose tests are spread over web servers: those of one server stay together.
SPREAD = (
    "tests/server_behaviour/",
    "tests/test_wire_",
    "tests/test_web_servers.py",
    "tests/test_wsgi_servers.py",
    "tests/test_wsgi_load.py",
    "tests/test_js_clients.py",
)
# What takes longest begins first, so that no worker is left alone with it at the end.
FIRST = (
    "rabbitmq",  # see RABBITMQ
    "tests/test_bench_runs.py",
    "tests/test_fleet_",
    "tests/test_wsgi_load.py",
    "tests/test_js_clients.py",
    "tests/test_manager_hooks.py",
    "tests/test_generations.py",
    "tests/test_older_browsers.py",
    "tests/field/",
    "tests/test_chat_demo.py",
    "tests/test_brokers.py",
    "tests/test_client_servers.py",
    "tests/test_client_examples.py",
    "tests/test_stopping.py",
    "tests/test_client_command.py",
    "tests/test_serving_examples.py",
    "packages/sio-client/tests/process_end/",
    # what starts a process for each of a few tests
    "tests/test_postgres_manager.py",
    "tests/test_admin_ui.py",
    "tests/test_examples.py",
    "tests/test_wsgi_examples.py",
    "tests/test_core_examples.py",
    "tests/test_documented_",
    "tests/test_framework_browsers.py",
    "tests/test_scaling.py",
    "tests/test_client_large.py",
    "tests/test_sanic_example.py",
    "tests/test_engineio_clients.py",
    "tests/test_metrics_of_processes.py",
    "packages/sio-sanic/tests/test_workers.py",
    "packages/sio-tornado/tests/test_reloading.py",
    "packages/sio-zmq/tests/test_processes.py",
    "packages/sio-zmq/tests/test_forwarder.py",
    "packages/sio-asgi/tests/test_running.py",
    # servers that are started and ended: many tests wait for their end
    "tests/test_wsgi_servers.py",
    "tests/test_web_servers.py",
)
# It takes seconds to start: there is one, and one worker has all tests that name it.
RABBITMQ = "rabbitmq"
SERVERS = frozenset({*COMMANDS, *WSGI_COMMANDS})


def scope(nodeid: str) -> str:
    """Return what a test belongs to: all tests of it run in one worker, in turn."""
    if RABBITMQ in nodeid:
        return RABBITMQ
    file, _, rest = nodeid.partition("::")
    for beginning in SPREAD:
        if nodeid.startswith(beginning):
            # Servers are started for all that begins so.
            return f"{beginning} {server_in(rest)}"
    return file


def server_in(test: str) -> str:
    """Return the server that is named among the parameters of a test, or nothing."""
    words = test.partition("[")[2].rstrip("]").split("-")
    found = ""
    for begin in range(len(words)):
        for end in range(len(words), begin, -1):
            name = "-".join(words[begin:end])
            if name in SERVERS and len(name) > len(found):
                found = name
    return found


def arrange(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which workers shall take them: what takes long first."""
    sizes = Counter(scope(item.nodeid) for item in items)

    def rank(item: pytest.Item) -> tuple[int, int, str]:
        name = scope(item.nodeid)
        place = [number for number, file in enumerate(FIRST) if name.startswith(file)]
        return (place or [len(FIRST)])[0], -sizes[name], name

    items.sort(key=rank)


class Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole scopes, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def schedule(config: pytest.Config, log: Any) -> Scheduler:
    """Return the scheduler of a run with workers."""
    config.option.loadscopereorder = False
    return Scheduler(config, log)
