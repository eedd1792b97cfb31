"""What a client may do at most, and what happens to one that does more."""

from tests.server_behaviour.harness import MEMORY, Closed, InThread, serving


def waiting(sio):
    @sio.on("wait")
    def wait(sid, number):
        sio.note("begun", number)
        yield sio.gate("go")
        sio.note("ended", number)

    @sio.on("ask")
    def ask(sid, number):
        return number

    @sio.on("call me")
    def call_me(sid):
        reply = yield sio.call("question", to=sid, timeout=None)
        sio.note("replied", reply)

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid, reason)


def begun(server):
    return sum(note[0] == "begun" for note in server.notes())


@serving(waiting, max_running_handlers=5)
def test_no_more_handlers_run_for_a_client_than_allowed(client, server):
    other = server.websocket()
    other.join()
    # Over polling the request is answered when there was room for all of it.
    sending = InThread(lambda: client.send(*(f'42["wait",{number}]' for number in range(50))))
    server.until(lambda: begun(server) == 5, "five handlers")
    assert other.ask("ask", 1) == [1]
    assert begun(server) == 5
    server.open("go")
    for number in range(50):
        server.noted("ended", number)
    sending.result()
    assert client.ask("ask", 2) == [2]


@serving(waiting, modes=MEMORY, max_running_handlers=2)
def test_the_heartbeat_waits_while_nothing_is_read(server):
    client = server.websocket()
    client.join()
    client.send(*(f'42["wait",{number}]' for number in range(10)))
    server.until(lambda: begun(server) == 2, "two handlers")
    for _ in range(5):
        server.advance(20)
        client.send("3")
    assert not [note for note in server.notes() if note[0] == "left"]
    server.open("go")
    for number in range(10):
        server.noted("ended", number)
    assert client.ask("ask", 1) == [1]


@serving(waiting, max_running_handlers=2)
def test_handlers_that_wait_for_the_client_keep_no_answer_of_it_out(client, server):
    for _ in range(4):
        client.emit("call me")
    for number in range(4):
        ack, _ = client.question()
        client.acknowledge(ack, number)
    for number in range(4):
        server.noted("replied", number)


@serving(waiting, max_http_buffer_size=1000)
def test_a_body_that_is_too_large_ends_the_session(server):
    client = server.polling()
    client.join()
    assert client.post(b"4" * 1001).status == 413
    server.noted("left", client.sid, "transport error")


@serving(waiting, max_http_buffer_size=1000)
def test_a_message_that_is_too_large_closes_the_websocket(server):
    client = server.websocket()
    client.join()
    client.send("4" * 1001)
    assert client.ended().code == 1009
    server.noted("left", client.sid, "transport error")


@serving(waiting, max_payload_packets=10)
def test_too_many_packets_in_a_body_end_the_session(server):
    client = server.polling()
    client.join()
    assert client.post("\x1e".join(["3"] * 11).encode()).status == 400
    server.noted("left", client.sid, "transport error")


@serving(waiting, max_sessions=2)
def test_no_more_sessions_than_allowed(server):
    first, second = server.websocket(), server.polling()
    second.join()
    for kind in ("polling", "websocket"):
        assert refusal(server, kind) == 503
    first.ws.close()
    server.until(lambda: server.do("sessions") == 1, "the end of a session")
    third = server.websocket()
    third.join()
    assert third.ask("ask", 1) == [1]


@serving(waiting, max_sessions_per_address=2)
def test_no_more_sessions_of_one_address_than_allowed(server):
    first, _ = server.websocket(), server.polling()
    for kind in ("polling", "websocket"):
        assert refusal(server, kind) == 429
    first.ws.close()
    server.until(lambda: server.do("sessions") == 1, "the end of a session")
    server.websocket().join()


def refusal(server, kind):
    """The status of a refused handshake."""
    try:
        server.client(kind)
    except Closed as refused:
        return refused.code


@serving(waiting, modes=MEMORY)
def test_a_connection_without_a_namespace_is_ended(stranger, server):
    other = server.websocket()
    other.join()
    server.advance(11)
    stranger.ended()
    assert other.ask("ask", 1) == [1]


@serving(waiting, modes=MEMORY)
def test_a_client_that_answers_no_ping_is_ended(client, server):
    server.advance(25)
    assert client.next() == "2"
    server.advance(21)
    server.noted("left", client.sid, "ping timeout")


@serving(waiting, modes=MEMORY)
def test_a_client_that_answers_its_pings_stays(client, server):
    for _ in range(4):
        server.advance(25)
        assert client.next() == "2"
        client.send("3")
        assert client.ask("ask", 1) == [1]
    assert server.notes() == []


@serving(waiting, max_namespaces=3, namespaces="*")
def test_no_more_namespaces_than_allowed(client, server):
    client.join("/a")
    client.join("/b")
    client.ends_with("40/c,")
    server.noted("left", client.sid, "transport error")
