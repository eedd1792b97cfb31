"""Which addresses and options a manager takes, and what it says of others."""

import pytest

from sio_amqp import AsyncAioPikaManager
from sio_amqp.addresses import read_address


def test_what_an_address_leaves_out_is_filled_in() -> None:
    address = read_address("amqp://")
    assert (address.host, address.user, address.password) == ("localhost", "guest", "guest")
    assert address.query["heartbeat"] == "10"
    assert read_address("amqp:///other").path == "/other"


def test_what_an_address_says_is_kept() -> None:
    address = read_address("AMQPS://me:s%40y@host:5673//?heartbeat=30&cafile=ca.pem")
    assert (address.scheme, address.host, address.port) == ("amqps", "host", 5673)
    assert (address.user, address.password, address.path) == ("me", "s@y", "//")
    assert address.query == {"heartbeat": "30", "cafile": "ca.pem"}


@pytest.mark.parametrize(
    "url",
    [
        "secret",
        "redis://me:secret@host",
        "amqp://me:secret@",
        "amqp://me:secret@host:port",
        "amqp://me:secret@host:99999",
        "amqp://me:secret@host:0",
        "amqp://me:secret@host//?heartbeat=-1",
    ],
)
def test_a_wrong_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="RabbitMQ") as raised:
        AsyncAioPikaManager(url)
    assert "me:secret" not in str(raised.value)


@pytest.mark.parametrize("channel", ["x" * 201, "amq.mine"])
def test_a_channel_that_is_no_exchange_is_refused(channel: str) -> None:
    with pytest.raises(ValueError, match="channel"):
        AsyncAioPikaManager(channel=channel)


def test_a_wrong_option_is_refused() -> None:
    options: dict[str, object] = {"routeing": True}
    with pytest.raises(TypeError, match="routing"):
        AsyncAioPikaManager(**options)  # type: ignore[arg-type]
