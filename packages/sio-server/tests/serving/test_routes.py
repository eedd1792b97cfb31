"""`serving/routes.py`: which requests are Socket.IO's."""

import pytest

from sio_server.serving.routes import below, endpoint_of


def is_ours(path, endpoint):
    """Tell it as the applications do, which make `below` once."""
    return path.startswith(below(endpoint)) or path == endpoint


@pytest.mark.parametrize("path", ["socket.io", "/socket.io", "/socket.io/", "socket.io/"])
def test_the_endpoint_has_one_slash_before_it(path):
    assert endpoint_of(path) == "/socket.io"


@pytest.mark.parametrize("path", ["/socket.io", "/socket.io/", "/socket.io/more"])
def test_the_endpoint_and_what_is_below(path):
    assert is_ours(path, "/socket.io")


@pytest.mark.parametrize("path", ["", "/", "/socket.iox", "/socket", "/x/socket.io"])
def test_other_paths_are_for_others(path):
    assert not is_ours(path, "/socket.io")


@pytest.mark.parametrize("none", [None, "", "/"])
@pytest.mark.parametrize("path", ["", "/", "/anything"])
def test_without_a_path_every_request_is_for_socketio(none, path):
    assert is_ours(path, endpoint_of(none))


@pytest.mark.parametrize("wrong", [5, b"socket.io", ["socket.io"]])
def test_what_is_no_path_is_named(wrong):
    with pytest.raises(TypeError, match=r'socketio_path is a text such as "socket\.io", or None'):
        endpoint_of(wrong)
