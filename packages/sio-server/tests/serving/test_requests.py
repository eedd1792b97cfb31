"""`serving/requests.py`: what the name of a socket says."""

import pytest

from sio_server.serving.requests import host_and_port


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (("127.0.0.1", 80), ("127.0.0.1", 80)),
        (("::1", 8000, 0, 0), ("::1", 8000)),
        ("/run/socket", ("localhost", None)),
        ("", ("localhost", None)),
        (None, ("localhost", None)),
    ],
)
def test_a_socket_that_is_not_of_ip_is_local(name, found):
    assert host_and_port(name) == found
