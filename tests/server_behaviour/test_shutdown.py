"""The end of a server, and its next life: clients are told, handlers finish, new clients come."""

from tests.server_behaviour.harness import MEMORY, Closed, serving


def ending(sio):
    @sio.on("connect")
    def connect(sid, environ):
        sio.note("came", sid)

    @sio.on("wait")
    def wait(sid):
        sio.note("waiting")
        yield sio.gate("go")
        sio.note("waited")

    @sio.on("echo")
    def echo(sid, number):
        yield sio.emit("echoed", number, to=sid)

    @sio.on("disconnect")
    def disconnect(sid, reason):
        yield sio.sleep(0)
        sio.note("left", sid, reason)

    @sio.command
    def tell(sid, text):
        yield sio.emit("told", text, to=sid)

    @sio.command
    def work():
        def working():
            sio.note("working")
            yield sio.gate("worked")

        sio.background(working)


@serving(ending)
def test_clients_are_told_of_the_end_and_their_handlers_run(server):
    websocket, polling = server.websocket(), server.polling()
    websocket.join()
    polling.join()
    poll = server.waiting_poll(polling)
    server.do("shutdown", 20)
    assert poll.answer().text in ("1", "41")
    assert websocket.ended().code in (1000, 1001)
    for client in (websocket, polling):
        server.noted("left", client.sid, "server disconnect")
    assert sum(note[0] == "left" for note in server.notes()) == 2


@serving(ending)
def test_a_client_between_two_polls_gets_what_was_sent_to_it(server):
    client = server.polling()
    client.join()
    server.do("tell", client.sid, "last words")
    end = server.begin("shutdown", 20)
    server.until(lambda: server.count("left", client.sid, "server disconnect"))
    assert client.event() == ["told", "last words"]
    client.ended()
    end.result()


@serving(ending)
def test_handlers_are_waited_for_and_new_clients_turned_away_meanwhile(server):
    client = server.websocket()
    client.join()
    client.emit("wait")
    server.noted("waiting")
    end = server.begin("shutdown", 20)
    client.ended()
    assert refusal(server, "websocket") == 503
    assert refusal(server, "polling") == 503
    assert not end.done
    server.open("go")
    end.result()
    server.noted("waited")


def refusal(server, kind):
    """The status of a refused handshake."""
    try:
        server.client(kind)
    except Closed as refused:
        return refused.code


@serving(ending)
def test_background_tasks_are_not_waited_for(server):
    client = server.websocket()
    client.join()
    server.do("work")
    server.noted("working")
    server.do("shutdown", 1000)
    client.ended()


@serving(ending, modes=MEMORY)
def test_the_time_to_end_is_kept_though_a_handler_does_not_return(server):
    client = server.websocket()
    client.join()
    client.emit("wait")
    server.noted("waiting")
    end = server.begin("shutdown", 20)
    client.ended()
    server.until(lambda: server.advance(1) or end.done, "the end")
    end.result()
    assert not server.count("waited")


@serving(ending)
def test_there_is_a_life_after_the_end(server):
    for number in range(3):
        websocket, polling = server.websocket(), server.polling()
        for client in (websocket, polling):
            client.join()
            client.emit("echo", number)
            assert client.event() == ["echoed", number]
        server.do("shutdown", 0)
        websocket.ended()
        polling.ended()
    server.until(lambda: sum(note[0] == "left" for note in server.notes()) >= 6, "six have left")
    assert sum(note[0] == "left" for note in server.notes()) == 6


@serving(ending, modes=MEMORY)
def test_heartbeats_are_kept_in_the_next_life(server):
    server.websocket().join()
    server.do("shutdown", 0)
    client = server.websocket()
    client.join()
    server.advance(25)
    assert client.next() == "2"
    server.advance(21)
    server.noted("left", client.sid, "ping timeout")
