"""`log.py`: what the log says of a connection."""

from sio_client.log import transport_of
from sio_core import engineio
from sio_core.engineio.client import OlderClient


def test_the_transport_of_a_connection():
    assert transport_of(None) == ""
    assert transport_of(engineio.Client()) == "polling"
    assert transport_of(OlderClient()) == "polling (Engine.IO 3)"
