"""A connection that has ended is freed at once: it leaves nothing to the garbage collector.

What is left in a cycle is memory until the collector runs, and the more there is, the more often
that holds up everybody. So the collector is off here, and what a connection has made has to go
without it.
"""

import gc
from collections import Counter
from contextlib import contextmanager

from tests.server_behaviour.clients import upgrade
from tests.server_behaviour.harness import serving

KEPT = (
    "sio_server.concurrency.",  # threads wait some seconds for other clients
    "sio_sanic.connections.Switched",  # in a cycle of Sanic's own, and nothing else with it
)


def thrifty(sio):
    before = Counter()

    def alive():
        kinds = [type(each) for each in gc.get_objects()]
        return Counter(f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)

    @sio.on("connect")
    def connect(sid, environ, auth):
        yield sio.save_session(sid, {"name": environ["PATH_INFO"]})
        yield sio.enter_room(sid, "tea")
        return not auth

    @sio.on("echo")
    def echo(sid, data):
        yield sio.emit("question", to=sid, callback=print)
        return data

    @sio.on("go")
    def go(sid):
        yield sio.disconnect(sid, close=True)

    @sio.on("disconnect")
    def disconnect(sid, reason):
        yield sio.get_session(sid)

    @sio.command
    def collector_off():
        gc.collect()
        gc.disable()
        before.update(alive())

    @sio.command
    def left():
        more = alive() - before
        return sorted(n for n in more if n.startswith("sio_") and not n.startswith(KEPT))

    @sio.command
    def collector_on():
        gc.enable()


@contextmanager
def freed(server):
    """Leave the block once nothing is left of the connections that have ended in it."""
    server.do("collector_off")
    left = None
    try:
        yield
        server.until(lambda: not server.do("sessions"), "no session")

        def gone():
            nonlocal left
            left = server.do("left")
            return not left

        try:
            server.until(gone)
        except AssertionError:
            raise AssertionError(f"only the collector would free {left}") from None
    finally:
        server.do("collector_on")


def used(client):
    if not client.sids:
        client.join()
    for data in (1, b"\x01"):
        client.emit("echo", data, ack=7)
        assert client.event() == ["question"]
        kind, _, number, values = client.packet()
        assert (kind, number, values) == ("3", 7, [data])
    return client


def go_through(server):
    """End a WebSocket in every way: the client closes, vanishes, is sent away, or misbehaves."""
    client = used(server.websocket())
    client.ws.close()
    client.ended()
    client.hang_up()
    used(server.websocket()).hang_up()
    for last in ('42["go"]', "zzz"):
        client = used(server.websocket())
        client.send(last)
        client.ended()
        client.hang_up()
    client = server.websocket()
    client.refused(auth={"turn": "me away"})
    client.hang_up()


@serving(thrifty)
def test_a_websocket_is_freed_without_the_collector(server):
    go_through(server)  # what a server makes once is there
    with freed(server):
        go_through(server)


@serving(thrifty)
def test_a_client_on_polling_is_freed_without_the_collector(server):
    def go():
        used(server.polling()).send("1")
        client = used(server.polling())
        client.send('42["go"]')
        client.ended()
        client = server.polling()
        client.refused(auth={"turn": "me away"})
        client.send("1")

    go()
    with freed(server):
        go()


@serving(thrifty)
def test_a_client_that_was_upgraded_is_freed_without_the_collector(server):
    def go():
        used(upgrade(used(server.polling()))).hang_up()
        client = upgrade(used(server.polling()))
        client.send('42["go"]')
        client.ended()
        client.hang_up()

    go()
    with freed(server):
        go()
