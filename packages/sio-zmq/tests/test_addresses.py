"""What a manager for ZeroMQ takes, and refuses, when it is made."""

import pytest

from sio_zmq import AsyncZmqManager, ZmqManager
from sio_zmq.addresses import read_address

both = pytest.mark.parametrize("manager", [ZmqManager, AsyncZmqManager])


@pytest.mark.parametrize(
    ("url", "pushed", "published"),
    [
        ("zmq+tcp://localhost:5555+5556", "tcp://localhost:5555", "tcp://localhost:5556"),
        ("zmq+tcp://a-host.local:1+65535", "tcp://a-host.local:1", "tcp://a-host.local:65535"),
        ("zmq+tcp://[::1]:5+6", "tcp://[::1]:5", "tcp://[::1]:6"),
        ("zmq+ipc:///run/sio/in+out", "ipc:///run/sio/in", "ipc:///run/sio/out"),
        ("zmq+ipc:///in+out", "ipc:///in", "ipc:///out"),
        ("zmq+ipc:///a+b/in+out", "ipc:///a+b/in", "ipc:///a+b/out"),
    ],
)
def test_addresses(url: str, pushed: str, published: str) -> None:
    assert read_address(url) == (pushed, published)


@both
@pytest.mark.parametrize(
    "url",
    [
        "redis://user:secret@host",
        "secret",
        "zmq+tcp://host",
        "zmq+tcp://host:5555",
        "zmq+tcp://host:5555+",
        "zmq+tcp://host:5555+99999",
        "zmq+tcp://host:0+5556",
        "zmq+tcp://:5555+5556",
        "zmq+tcp://user:secret@host:5555+5556",
        "zmq+tcp://a host:5555+5556",
        "zmq+tcp://*:5555+5556",
        "zmq+tcp://host:\u0665+\u0666",
        "zmq+ipc://run/in+out",
        "zmq+ipc:///run/in",
        "zmq+ipc:///run/in+",
        "zmq+ipc:///run/in+a+b",
    ],
)
def test_what_is_no_address(manager: type[ZmqManager | AsyncZmqManager], url: str) -> None:
    with pytest.raises(ValueError, match=r"zmq\+tcp://host:5555\+5556|zmq\+ipc:///") as caught:
        manager(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@both
def test_a_path_that_is_too_long(manager: type[ZmqManager | AsyncZmqManager]) -> None:
    manager(f"zmq+ipc:///{'x' * 103}/in+o")
    with pytest.raises(ValueError, match="107 bytes at most"):
        manager(f"zmq+ipc:///{'ü' * 60}/in+out")


def test_a_forwarder_may_listen_on_all_of_a_machine() -> None:
    assert read_address("zmq+tcp://*:5+6", binds=True) == ("tcp://*:5", "tcp://*:6")


@both
def test_an_option_that_managers_do_not_have(manager: type[ZmqManager | AsyncZmqManager]) -> None:
    with pytest.raises(TypeError, match="no option 'routin'; did you mean routing"):
        manager(routin=True)  # type: ignore[call-arg]
