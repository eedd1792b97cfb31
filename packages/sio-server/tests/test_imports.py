"""A server imports neither what is of clients nor what several servers take."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import sio_server
of_clients = ("sio_core.engineio.client", "sio_core.socketio.client")
unwanted = (*of_clients, "sio_core.cluster", "sio_server.managers.cluster")
print(sorted(name for name in sys.modules if name.startswith(unwanted)))
"""


def test_what_a_server_does_not_import():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
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
