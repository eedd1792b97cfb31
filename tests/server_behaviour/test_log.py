"""What the log says of clients: enough to find out why one is not there, and no secret."""

import logging
import re

from tests.server_behaviour.clients import Polling, upgrade
from tests.server_behaviour.harness import MEMORY, Socket, dispatching, serving

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


@dispatching(talking, logger=True, engineio_logger=True)
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


@dispatching(talking, logger=True, engineio_logger=True)
def test_upgrades_are_logged(server):
    client = server.polling()
    client.join()
    candidate = Socket(client.network, client.path, client.opened["sid"]).open()
    candidate.send("4what is this")
    line = f"client {client.sid} stays on polling, its upgrade failed: the client sent something"
    server.until(lambda: line in server.log())
    upgrade(client)
    server.until(lambda: f"client {client.sid} changed to websocket" in server.log())


def refused(server, origin):
    target = Polling(server.network, server.path).target()
    answer = server.network.request("GET", target, headers={"origin": origin}).answer()
    assert (answer.status, "Bad request" in answer.text) == (400, True)


@dispatching(talking)
def test_the_log_names_the_page_that_was_refused_and_the_server(server):
    refused(server, "http://page.example")
    line = "request refused: origin is not allowed: see cors_allowed_origins "
    server.until(lambda: line in server.log())
    found = re.search(re.escape(line) + r"\((.*)\)", server.log())
    assert found
    assert re.fullmatch(
        r"the page is of 'http://page\.example', the server of 'http://[^']+'", found[1]
    )


@dispatching(talking, cors_allowed_origins=["http://other.example"])
def test_the_log_says_that_a_page_is_not_in_the_list(server):
    refused(server, "http://page.example/" + "x" * 5000)
    line = "see cors_allowed_origins (the page is of 'http://page.example/xxx"
    server.until(lambda: line in server.log())
    assert "x', which is not in the list)" in server.log()
    assert "x" * 100 not in server.log()


@dispatching(talking, max_http_buffer_size=100)
def test_the_log_names_the_options_that_bound_a_body(server):
    client = server.polling()
    client.join()
    assert client.post(b"4" + b"x" * 200).status == 413
    line = "request refused: payload too large (see max_http_buffer_size and max_body_chunks)"
    server.until(lambda: line in server.log())
