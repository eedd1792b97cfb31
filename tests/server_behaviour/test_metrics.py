"""`sio_server.observing.prometheus`: what a scrape reads, with the client library of Prometheus."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from sio_server import AsyncServer
from sio_server.observing.prometheus import Metrics
from tests.server_behaviour.harness import MEMORY, serving


def measured(sio):
    registry = CollectorRegistry()
    sio.observe(Metrics(sio, events=["said"], registry=registry))

    @sio.on("say")
    def say(sid, text):
        yield sio.emit("said", text)
        yield sio.emit("not declared", text, to=sid)

    @sio.on("fail")
    def fail(sid):
        raise ValueError("of the handler")

    @sio.on("*", namespace="/any")
    def anything(event, sid, *args):
        return event

    @sio.namespace("/class")
    class Rooms:
        def on_look(self, sid):
            return 1

    @sio.command
    def scrape():
        return generate_latest(registry).decode()


def read(server):
    """What a scrape says: by the name of a sample and its labels, in the order of their names."""
    families = text_string_to_metric_families(server.do("scrape"))
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


@serving(measured, modes=MEMORY)
def test_clients_are_counted(client, server):
    client.join("/class")
    other = server.websocket()
    other.join()
    found = read(server)
    assert found["socket_io_connected",] == 2
    assert found["socket_io_connect_total", "/"] == 2
    assert found["socket_io_connect_total", "/class"] == 1
    client.send("41")
    server.until(lambda: read(server).get(("socket_io_disconnect_total", "/")) == 1)
    other.hang_up()
    server.until(lambda: read(server)["socket_io_connected",] == 1)
    assert read(server)["socket_io_disconnect_total", "/"] == 2


@serving(measured, modes=MEMORY)
def test_events_are_counted_by_the_names_that_are_declared(client, server):
    other = server.websocket()
    other.join()
    client.emit("say", "hello")
    assert client.event() == ["said", "hello"]
    assert client.event() == ["not declared", "hello"]
    found = read(server)
    assert found["socket_io_events_received_total", "say", "/"] == 1
    assert found["socket_io_receive_bytes", "say", "/"] == len('42["say", "hello"]')
    assert found["socket_io_events_sent_total", "said", "/"] == 2
    assert found["socket_io_transmit_bytes", "said", "/"] == 2 * len('42["said","hello"]')
    assert found["socket_io_events_sent_total", "*", "/"] == 1


@serving(measured, modes=MEMORY)
def test_peers_cannot_make_series(client, server):
    for namespace in ("/any", "/class"):
        client.join(namespace)
    before = len(read(server))
    for number in range(20):
        client.emit(f"event {number}")
        client.emit(f"event {number}", namespace="/any")
        client.emit(f"event {number}", namespace="/class")
        client.emit(number)
    client.emit("x" * 1000)
    client.ask("last", namespace="/any")
    client.ask("look", namespace="/class")
    found = read(server)
    assert len(found) - before == 2 * 4
    assert found["socket_io_events_received_total", "*", "/any"] == 21
    assert found["socket_io_events_received_total", "*", "/class"] == 20
    assert found["socket_io_events_received_total", "look", "/class"] == 1


@serving(measured, modes=MEMORY, namespaces="*")
def test_namespaces_that_only_a_peer_names_are_one(client, server):
    for number in range(10):
        client.join(f"/made up {number}")
    found = read(server)
    assert found["socket_io_connect_total", "*"] == 10
    assert sum(name == "socket_io_connect_total" for name, *_ in found) == 2


@serving(measured, modes=MEMORY, complaints=True)
def test_failures_are_counted(client, server):
    for _ in range(2):
        client.emit("fail")
    server.until(lambda: read(server).get(("socket_io_errors_total", "/")) == 2)


def test_a_registry_has_the_metrics_of_one_server():
    registry = CollectorRegistry(auto_describe=True)
    sio = AsyncServer(namespaces=["/", "/listed"])
    metrics = Metrics(sio, registry=registry)
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        Metrics(sio, registry=registry)
    registry.unregister(metrics)
    Metrics(sio, registry=registry)
    Metrics(sio, registry=None)


def test_events_are_a_list():
    with pytest.raises(TypeError, match="events is a list of names"):
        Metrics(AsyncServer(), events="said", registry=None)
