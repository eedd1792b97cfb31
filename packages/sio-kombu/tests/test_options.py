"""Which addresses and options a manager takes, and what it says of others."""

import sys
from typing import Any

import kombu.transport
import pytest

from sio_kombu import KombuManager


@pytest.mark.parametrize("url", ["amqp://", "amqps://me:secret@host:5671//", "pyamqp://host"])
def test_messages_are_routed_over_amqp(url: str) -> None:
    assert KombuManager(url)._make_broker().routes


@pytest.mark.parametrize("url", ["memory://", "redis://:secret@host:6379/1"])
def test_messages_go_to_all_over_other_brokers(url: str) -> None:
    assert not KombuManager(url)._make_broker().routes


@pytest.mark.parametrize("url", ["nonsense://me:secret@host", "amqp://me:secret@host:port"])
def test_a_wrong_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="kombu has no broker") as raised:
        KombuManager(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("scheme", ["redis", "rediss", "sentinel"])
def test_what_a_broker_takes_and_is_not_there_is_named(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kombu.transport, "_transport_cache", {})
    monkeypatch.delitem(sys.modules, "kombu.transport.redis", raising=False)
    monkeypatch.setitem(sys.modules, "packaging.version", None)
    with pytest.raises(ValueError, match=r"packaging.*pip install 'kombu\[redis\]'"):
        KombuManager(f"{scheme}://host")


def test_nothing_is_named_where_kombu_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kombu.transport, "_transport_cache", {})
    monkeypatch.setitem(sys.modules, "kombu.transport.memory", None)
    with pytest.raises(ValueError, match=r"for the address memory: ") as raised:
        KombuManager("memory://")
    assert "pip install" not in str(raised.value)


@pytest.mark.parametrize(
    "options",
    [
        {"exchange_options": {"durabel": True}},
        {"exchange_options": {"type": "topic"}},
        {"queue_options": {"name": "mine"}},
        {"producer_options": {"compression": "gzip"}},
        {"connection_options": {"hostname": "other"}},
        {"channel": "x" * 201},
        {"channel": "amq.mine"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cannot have|channel"):
        KombuManager(**options)


def test_what_an_application_chose_reaches_kombu() -> None:
    manager = KombuManager(
        connection_options={"heartbeat": 3},
        exchange_options={"durable": True},
        queue_options={"expires": 7.0},
        producer_options={"routing_key": "mine"},
    )
    settings = manager._settings
    assert settings.connection(heartbeat=10).heartbeat == 3
    exchange = settings.exchange()
    assert (exchange.name, exchange.type, exchange.durable) == ("socketio", "fanout", True)
    queue = settings.queue(exchange)
    assert (queue.expires, queue.durable, queue.auto_delete) == (7.0, False, True)
