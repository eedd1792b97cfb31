"""What the server asks: `call`, callbacks, and what becomes of them when nobody answers."""

from tests.server_behaviour.harness import MEMORY, dispatching, serving


def asking(sio):
    @sio.command
    def call(sid, timeout=30):
        try:
            reply = yield sio.call("question", (1, 2), to=sid, timeout=timeout)
        except Exception as error:
            return type(error).__name__
        return ["replied", reply]

    @sio.command
    def ask(sid):
        def answered(*args):
            yield sio.sleep(0)
            sio.note("answered", *args)

        yield sio.emit("question", to=sid, callback=sio.coloured(answered))

    @sio.on("start")
    def start(sid):
        return (yield sio.call("question", to=sid))

    @sio.event
    def disconnect(sid, reason):
        sio.note("left", sid)


@dispatching(asking)
def test_a_call_returns_what_the_client_answers(client, server):
    for answer, value in ([], None), (["one"], "one"), ([1, [2]], [1, [2]]):
        call = server.begin("call", client.sid)
        number, event = client.question()
        assert event == ["question", 1, 2]
        client.acknowledge(number, *answer)
        assert call.result() == ["replied", value]


@dispatching(asking)
def test_a_handler_may_call_its_own_client(client):
    client.emit("start", ack=9)
    number, _ = client.question()
    client.acknowledge(number, "yes")
    assert client.packet() == ("3", "/", 9, ["yes"])


@dispatching(asking)
def test_a_callback_gets_the_answer(client, server):
    server.do("ask", client.sid)
    number, _ = client.question()
    client.acknowledge(number, 1, 2)
    server.noted("answered", 1, 2)
    client.acknowledge(number, "again")
    client.acknowledge(number + 100, "never asked")
    server.rest(client)
    assert len(server.notes()) == 1


@dispatching(asking)
def test_a_call_ends_when_its_client_leaves(client, server):
    call = server.begin("call", client.sid)
    client.question()
    client.send("41")
    assert call.result() in ("DisconnectedError", "CallAbortedError")


@serving(asking, modes=MEMORY)
def test_a_call_ends_after_its_timeout(client, server):
    call = server.begin("call", client.sid, 20)
    number, _ = client.question()
    assert not call.done
    server.advance(19)
    assert not call.done
    server.advance(2)
    assert call.result() == "TimeoutError"
    client.acknowledge(number, "too late")
    assert server.rest(client) == []


@dispatching(asking)
def test_a_call_to_a_stranger_ends_at_once(server):
    assert server.do("call", "nobody") in ("DisconnectedError", "CallAbortedError")
