"""What the log says of clients: enough to find out why one is not there, and no secret."""

import logging
import re

from tests.server_behaviour.clients import upgrade
from tests.server_behaviour.harness import MEMORY, Socket, serving

DETAILED = logging.getLogger("sio.behaviour.detailed")
DETAILED.setLevel(logging.DEBUG)


def talking(sio):
    @sio.on("ask")
    def ask(sid, *args):
        yield sio.emit("told", "the payload", to=sid)
        yield sio.emit("told", "the payload", to="nobody's room")
        return args

    @sio.on("connect", namespace="/closed")
    def closed(sid, environ):
        return False


@serving(talking, logger=True, engineio_logger=True)
def test_the_way_of_a_client_is_logged_with_its_public_id(client, server):
    expected = [
        f"client {client.sid} connected to '/' over {client.kind}",
        "client refused on '/unknown': it has no handler, nor is it among the option namespaces",
        "refused on '/closed' by the connect handler",
        f"client {client.sid} left '/': client disconnect",
    ]
    client.send("40/unknown,")
    client.send('40/closed,{"token":"the secret"}')
    client.send("41")
    for line in expected:
        server.until(lambda line=line: line in server.log())
    log = server.log()
    assert re.search(rf"connection from (127\.0\.0\.1|192\.0\.2\.1) over {client.kind}", log)
    assert client.opened["sid"] not in log
    assert "the secret" not in log


@serving(talking, modes=MEMORY, logger=DETAILED, engineio_logger=True)
def test_events_are_logged_at_the_level_debug(client, server):
    client.emit("ask", "the payload", ack=1)
    assert client.event() == ["told", "the payload"]
    assert client.packet() == ("3", "/", 1, ["the payload"])
    client.emit("unheard of", 1, 2)
    expected = [
        f"client {client.sid} sent the event 'ask' to '/' with 1 arguments, which it wants ackno",
        f"event 'told' is emitted to the rooms ['{client.sid}'] of '/': 1 clients",
        "event 'told' is emitted to the rooms [\"nobody's room\"] of '/': 0 clients",
        f"client {client.sid} is sent an acknowledgement with 1 values",
        f"client {client.sid} sent the event 'unheard of' to '/' with 2 arguments: it has no handl",
    ]
    for line in expected:
        server.until(lambda line=line: line in server.log())
    assert "the payload" not in server.log()
    assert client.opened["sid"] not in server.log()


@serving(talking, logger=True, engineio_logger=True)
def test_upgrades_are_logged(server):
    client = server.polling()
    client.join()
    candidate = Socket(client.network, client.path, client.opened["sid"]).open()
    candidate.send("4what is this")
    line = f"client {client.sid} stays on polling, its upgrade failed: the client sent something"
    server.until(lambda: line in server.log())
    upgrade(client)
    server.until(lambda: f"client {client.sid} changed to websocket" in server.log())
