"""What a manager for Kafka takes, and refuses, when it is made."""

import pytest

from sio_kafka import AsyncKafkaManager, KafkaManager
from sio_kafka.addresses import read_addresses


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("kafka://", ["localhost:9092"]),
        ("kafka://host", ["host:9092"]),
        ("kafka://a:1, b", ["a:1", "b:9092"]),
        (["kafka://a:1", "kafka://b:2/"], ["a:1", "b:2"]),
        ("kafka://[::1]:5", ["[::1]:5"]),
    ],
)
def test_addresses(url: str | list[str], servers: list[str]) -> None:
    assert read_addresses(url) == servers


@pytest.mark.parametrize("manager", [KafkaManager, AsyncKafkaManager])
@pytest.mark.parametrize(
    "url",
    [
        "redis://user:secret@host",
        "secret",
        "kafka://user:secret@host",
        "kafka://host:none",
        "kafka://host:99999",
        "kafka://host:0",
        "kafka://host/path",
        [],
    ],
)
def test_what_is_no_address(
    manager: type[KafkaManager | AsyncKafkaManager], url: str | list[str]
) -> None:
    with pytest.raises(ValueError, match="Kafka") as caught:
        manager(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("manager", [KafkaManager, AsyncKafkaManager])
def test_options(manager: type[KafkaManager | AsyncKafkaManager]) -> None:
    manager(kafka_options={"security_protocol": "SSL", "linger_ms": 5})
    with pytest.raises(ValueError, match="did you mean security_protocol"):
        manager(kafka_options={"security_protocoll": "SSL"})
    with pytest.raises(ValueError, match="'group_id' is the manager's own"):
        manager(kafka_options={"group_id": "x"})
