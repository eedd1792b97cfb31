"""The end of a connection that another thread ends at the same moment."""

from typing import Any

from amqp.connection import Connection as Lower
from amqp.transport import TCPTransport
from kombu.connection import Connection

from sio_kombu.connections import end_connection


class ClosedMeanwhile:
    """A socket which the thread that reads from it closes while it is shut down here."""

    def __init__(self, transport: TCPTransport) -> None:
        self._transport = transport
        self.shut_down = 0

    def shutdown(self, _how: int) -> None:
        self.shut_down += 1
        self._transport.sock = None


def test_a_connection_that_its_reader_closes_meanwhile_is_no_error() -> None:
    lower, transport = Lower(), TCPTransport("127.0.0.1:1")
    socket = transport.sock = ClosedMeanwhile(transport)
    connection: Any = Connection("amqp://127.0.0.1:1")
    assert connection.transport.driver_name == "py-amqp"  # it is made when it is asked for
    connection._connection, lower._transport = lower, transport
    end_connection(connection)
    assert socket.shut_down == 1
