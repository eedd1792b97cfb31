"""A broadcast leaves nothing behind that makes the garbage collector run."""

import gc
import itertools

from sio_core import Request, engineio
from sio_core.socketio import ConnectRequested, Server

RECIPIENTS = 1000
BROADCASTS = 20


def server_with_clients() -> Server:
    numbers = itertools.count()
    engine = engineio.Server(new_sid=lambda: f"session{next(numbers)}")
    server = Server(engine, new_id=lambda: f"socket{next(numbers)}")
    for _ in range(RECIPIENTS):
        exchange = engine.exchange(Request("GET", "EIO=4&transport=websocket", websocket=True))
        server.process(exchange.start(0.0), 0.0)
        assert isinstance(exchange.step, engineio.UpgradeToWebSocket)
        link = exchange.step.link
        server.process(link.opened(0.0), 0.0)
        for event in server.process(link.receive("40", 0.0), 0.0):
            assert isinstance(event, ConnectRequested)
            server.accept(event.socket)
    return server


def take_all(server: Server) -> int:
    taken = 0
    for sink in server.take_ready():
        assert isinstance(sink, engineio.Link)
        taken += len(sink.take())
    return taken


def collections() -> int:
    return sum(generation["collections"] for generation in gc.get_stats())


def test_broadcasts_do_not_make_the_collector_run() -> None:
    server = server_with_clients()
    take_all(server)
    gc.collect()
    before = collections()
    for _ in range(BROADCASTS):
        server.emit("news", [{"title": "a headline"}])
        assert take_all(server) == RECIPIENTS
    # What is made and freed at once does not count; one object kept for each recipient
    # would make it run 28 times.
    assert collections() - before <= 4
