"""Messages that are decoded in slices: what they mean, in which order, and how they end."""

import json

from sio_server.drivers.shared import LONG as SLICED
from tests.server_behaviour.harness import each, serving

NUMBERS = [1.5, -2e-7, "a,[b", {"k": [1, None]}] * 3_000
LONG = json.dumps(NUMBERS)
assert len(LONG) > SLICED
HOLE = '{"_placeholder":true,"num":0}'


def telling(sio):
    @sio.on("long")
    def long(sid, number, value):
        sio.note("got", number, value == NUMBERS)
        return number

    @sio.on("short")
    def short(sid, number):
        sio.note("got", number, True)
        return number

    @sio.on("bytes")
    def with_bytes(sid, value, data):
        sio.note("bytes", value == NUMBERS, data.decode())

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid, reason)


@serving(telling)
def test_a_long_message_is_handled_once_and_in_order(client, server):
    client.send('42["short",0]', f'42["long",1,{LONG}]', '42["short",2]', '42["short",3]')
    for number in range(4):
        server.noted("got", number, True)
    assert client.ask("short", 4) == [4]
    assert [note[1] for note in server.notes() if note[0] == "got"] == [0, 1, 2, 3, 4]


@serving(telling)
def test_a_long_message_has_its_bytes(client, server):
    client.send(f'451-["bytes",{LONG},{HOLE}]', b"attached")
    server.noted("bytes", True, "attached")


@each("wrong", "]", ",", "[[" * 300)
@serving(telling)
def test_a_long_message_that_is_wrong_ends_its_connection(client, server, wrong):
    other = server.websocket()
    other.join()
    client.send(f'42["long",1,{LONG}{wrong}]')
    client.ended()
    server.noted("left", client.sid, "transport error")
    assert other.ask("short", 1) == [1]
    assert not [note for note in server.notes() if note[0] == "got" and note[1] != 1]


@serving(telling)
def test_a_client_that_leaves_while_its_message_is_decoded_is_gone(client, server):
    client.send(f'42["long",1,{LONG}]')
    client.hang_up()
    other = server.websocket()
    other.join()
    assert other.ask("short", 2) == [2]


@serving(telling)
def test_many_clients_send_long_messages_side_by_side(client, server):
    others = [server.websocket() for _ in range(4)]
    for socket in others:
        socket.join()
    for number, socket in enumerate((client, *others)):
        socket.send(f'42["long",{number},{LONG}]')
    for number in range(5):
        server.noted("got", number, True)
    for socket in (client, *others):
        assert socket.ask("short", 9) == [9]
