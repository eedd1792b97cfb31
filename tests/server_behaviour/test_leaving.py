"""How clients go: by themselves, by the server's hand, and what handlers are told of it."""

from tests.server_behaviour.harness import ASYNCIO, DRIVERS, MEMORY, each, serving


def parting(sio):
    @sio.on("connect")
    def connect(sid, environ):
        yield sio.save_session(sid, {"name": "ada"})
        yield sio.enter_room(sid, "tea")

    @sio.on("disconnect")
    def disconnect(sid, reason):
        session = yield sio.get_session(sid)
        sio.note("left", sid, reason, session["name"], "tea" in sio.rooms(sid))

    @sio.on("disconnect", namespace="/other")
    def disconnect_other(sid, reason):
        sio.note("left other", sid, reason)

    @sio.on("end")
    def end(sid, close):
        yield sio.disconnect(sid, close=close)
        sio.note("ended", sid)

    @sio.on("ask")
    @sio.on("ask", namespace="/other")
    def ask(sid):
        return "here"

    @sio.command
    def throw_out(sid):
        yield sio.disconnect(sid)
        return "left" in [note[0] for note in sio.notes]

    @sio.command
    def has_session(sid):
        try:
            yield sio.get_session(sid)
        except KeyError:
            return False
        return True


def seen_from_inside(sio):
    def states(sid):
        manager = sio.manager
        return [manager.pending_connect, manager.pending_disconnect]

    @sio.on("connect")
    def connect(sid, environ):
        sio.note("connecting", sid, *states(sid), sio.manager.is_pre_connected(sid, "/"))

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("leaving", sid, *states(sid))

    @sio.on("ask me")
    def ask_me(sid):
        yield sio.emit("question", to=sid, callback=print)
        pending = sio.manager.callbacks
        sio.note("asked", list(pending) == [sid], list(pending[sid].values()) == [print])
        rooms = [sid, "tea", None, 1]
        sio.note("own", *(sio.manager.is_sid_room("/", room) for room in rooms))


@serving(seen_from_inside, modes=DRIVERS)
def test_what_a_manager_says_of_clients_that_come_and_go(client, server):
    sid = client.sid
    server.noted("connecting", sid, {"/": [sid]}, {}, True)
    client.emit("ask me")
    server.noted("asked", True, True)
    server.noted("own", True, False, False, False)
    client.send("41")
    server.noted("leaving", sid, {}, {"/": [sid]})


@serving(parting, namespaces=["/other"])
def test_a_client_leaves_one_namespace_and_stays_in_the_other(client, server):
    client.join("/other")
    client.send("41")
    server.noted("left", client.sid, "client disconnect", "ada", True)
    assert client.ask("ask", namespace="/other") == ["here"]
    assert client.join() != ""


@serving(parting, namespaces=["/other"])
def test_the_server_ends_one_namespace(client, server):
    client.join("/other")
    client.emit("end", False)
    assert client.receive() in ("41", "41/,")
    server.noted("left", client.sid, "server disconnect", "ada", True)
    server.noted("ended", client.sid)
    assert client.ask("ask", namespace="/other") == ["here"]


@serving(parting, namespaces=["/other"])
def test_the_server_ends_the_whole_connection(client, server):
    client.join("/other")
    client.emit("end", True)
    client.ended()
    server.noted("left", client.sid, "server disconnect", "ada", True)
    server.noted("left other", client.sids["/other"], "server disconnect")
    server.noted("ended", client.sid)
    assert len(server.notes()) == 3


@serving(parting)
def test_disconnect_returns_when_the_handler_has_run(client, server):
    assert server.do("throw_out", client.sid) is True
    assert client.receive() in ("41", "41/,")


@serving(parting)
def test_a_session_is_gone_with_its_client(client, server):
    assert server.do("has_session", client.sid)
    server.do("throw_out", client.sid)
    assert not server.do("has_session", client.sid)
    assert not server.do("has_session", "nobody")


@serving(parting)
def test_a_connection_that_breaks_is_the_end_of_its_namespaces(server):
    client = server.websocket()
    client.join()
    client.hang_up()
    server.until(lambda: server.notes(), "the end")
    ((what, sid, reason, name, in_room),) = server.notes()
    assert (what, sid, name, in_room) == ("left", client.sid, "ada", True)
    assert reason in ("transport close", "transport error")


@serving(parting)
def test_a_close_packet_is_the_end_of_the_session(client, server):
    client.send("1")
    server.noted("left", client.sid, "transport close", "ada", True)
    client.ended()


@serving(parting, modes=(*MEMORY, *ASYNCIO))
def test_a_client_that_hangs_up_while_it_polls_is_noticed(server):
    client = server.polling()
    client.join()
    server.waiting_poll(client).hang_up()
    if server.mode == "memory-blocking":
        # Threads look every few seconds whether the clients of polls are still there.
        server.until(lambda: server.advance(1) or server.notes(), "the end")
    server.noted("left", client.sid, "transport error", "ada", True)


@serving(parting)
def test_no_answer_is_lost_with_a_poll_whose_client_has_hung_up(server):
    client = server.polling()
    client.join()
    server.waiting_poll(client).hang_up()
    # At once, on another connection: an answer must not go to the one that is no more.
    taken = client.post(b'421["ask"]')
    if taken.status == 200:
        answer = client.begin_poll().answer()
        assert answer.status == 400 or answer.text == '431["here"]'
    else:
        assert taken.status == 400


@serving(parting)
@each("packet", "4", "49", '42{"not":"a list"}', '42["connect"]', "4x", "9")
def test_what_is_no_packet_ends_the_session(client, server, packet):
    client.ends_with(packet)
    server.noted("left", client.sid, "transport error", "ada", True)


def unheard(sio):
    @sio.on("ask")
    def ask(sid):
        session = yield sio.get_session(sid)
        sio.note("asked", sid, dict(session), sio.rooms(sid) == [sid])

    @sio.command
    def knows(sid):
        try:
            yield sio.get_session(sid)
        except KeyError:
            return False
        return True


@serving(unheard)
def test_a_client_comes_and_goes_where_no_handler_hears_of_it(client, server):
    assert server.do("knows", client.sid)
    client.send("41")
    server.until(lambda: not server.do("knows", client.sid), "the end")
    assert client.join() != ""
    assert server.do("knows", client.sid)


@serving(unheard, modes=("memory-asyncio", *ASYNCIO))
def test_an_event_finds_the_client_that_leaves_behind_it(server):
    client = server.polling()
    client.join()
    client.send('42["ask"]', "41")
    server.noted("asked", client.sid, {}, True)
    server.until(lambda: not server.do("knows", client.sid), "the end")
