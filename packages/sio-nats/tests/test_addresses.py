"""What a manager for NATS takes, and refuses, when it is made."""

import pytest

from sio_nats import AsyncNatsManager
from sio_nats.addresses import read_addresses


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("nats://host", ["nats://host"]),
        ("nats://", ["nats://localhost"]),
        ("tls://user:secret@host:1", ["tls://user:secret@host:1"]),
        ("nats://a:1, nats://b:2", ["nats://a:1", "nats://b:2"]),
        (["ws://a:1", "wss://b:2"], ["ws://a:1", "wss://b:2"]),
        ("nats://[::1]:4222", ["nats://[::1]:4222"]),
    ],
)
def test_addresses(url: str | list[str], servers: list[str]) -> None:
    assert read_addresses(url) == servers


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:secret@host",
        "user:secret@host",
        "nats://user:secret@host:none",
        "nats://user:secret@host:99999",
        "nats://user:secret@:1",
        ["nats://user:secret@a", "ws://user:secret@b"],
        [],
    ],
)
def test_what_is_no_address(url: str | list[str]) -> None:
    with pytest.raises(ValueError, match=r"NATS|nats:") as caught:
        AsyncNatsManager(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options() -> None:
    AsyncNatsManager(nats_options={"connect_timeout": 1, "token": "secret"})
    with pytest.raises(ValueError, match="did you mean connect_timeout"):
        AsyncNatsManager(nats_options={"conect_timeout": 1})
    with pytest.raises(ValueError, match="'allow_reconnect' is not for applications"):
        AsyncNatsManager(nats_options={"allow_reconnect": True})
    with pytest.raises(TypeError, match="did you mean linger"):
        AsyncNatsManager(lingr=1)  # type: ignore[call-arg]
