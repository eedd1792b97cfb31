"""A server imports nothing of clients, of fleets, or of the other colour."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import sio_server
sio_server.{server}()
of_clients = ("sio_core.engineio.client", "sio_core.socketio.client")
unwanted = (*of_clients, "sio_core.cluster", "sio_server.managers.cluster", *{other})
print(sorted(name for name in sys.modules if name.startswith(unwanted)))
"""


OF_THREADS = ("sio_server.drivers.threads", "sio_server.concurrency", "sio_server.dispatch.threads")
OF_ASYNCIO = ("sio_server.drivers.asyncio", "sio_server.async_server", "asyncio")


@pytest.mark.parametrize(("server", "other"), [("AsyncServer", OF_THREADS), ("Server", OF_ASYNCIO)])
def test_what_a_server_does_not_import(server, other):
    program = PROGRAM.format(server=server, other=other)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("package", ["sio_server", "sio_core.socketio", "sio_core.engineio"])
def test_every_name_is_there_all_the_same(package):
    program = f"""if True:
        import {package} as package
        from {package} import *
        assert [name for name in package.__all__ if name not in globals()] == []
        assert not hasattr(package, "nothing")
    """
    subprocess.run([sys.executable, "-c", program], check=True)
