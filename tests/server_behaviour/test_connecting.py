"""How clients come: the handshake, namespaces, what connect handlers get, and who is refused."""

from sio_server.exceptions import ConnectionRefusedError
from tests.server_behaviour.clients import upgrade
from tests.server_behaviour.harness import Socket, each, serving


def welcoming(sio):
    @sio.on("connect")
    def connect(sid, environ, auth):
        yield sio.save_session(sid, {"auth": auth, "probe": environ.get("HTTP_X_PROBE")})

    @sio.on("connect", namespace="/any")
    def connect_any(*args):
        sio.note(*args[:1], len(args), args[2])

    @sio.on("connect", namespace="/two")
    def connect_two(sid, environ):
        sio.note("two", sid)

    @sio.on("who")
    def who(sid):
        return (yield sio.get_session(sid))


@serving(welcoming, ping_interval=7, ping_timeout=3)
def test_the_open_packet_says_what_the_client_needs(stranger, server):
    opened = stranger.opened
    assert len(opened["sid"]) >= 20
    assert (opened["pingInterval"], opened["pingTimeout"]) == (7000, 3000)
    assert opened["maxPayload"] == 1_000_000
    assert opened["upgrades"] == (["websocket"] if stranger.kind == "polling" else [])


@serving(welcoming)
@each("auth", {"token": [1]}, None, {})
def test_a_connect_handler_gets_environment_and_auth(server, auth):
    for kind in ("polling", "websocket"):
        client = server.client(kind, {"X-Probe": "yes"})
        sid = client.join(auth=auth)
        assert sid != client.opened["sid"]
        assert client.ask("who") == [{"auth": auth or None, "probe": "yes"}]
        client.join("/any", auth)
        server.noted(client.sids["/any"], 3, auth or None)
        client.join("/two", auth)
        server.noted("two", client.sids["/two"])
        client.hang_up()


@serving(welcoming)
def test_an_unknown_namespace_is_refused_and_the_connection_stays(stranger):
    assert stranger.refused("/unknown") == {"message": "Invalid namespace"}
    assert stranger.refused("/unknown") == {"message": "Invalid namespace"}
    stranger.join()
    assert stranger.ask("who") == [{"auth": None, "probe": None}]


@serving(welcoming, namespaces="*")
def test_every_namespace_is_there_where_all_are_asked_for(stranger):
    stranger.join("/whatever")
    stranger.join()


def choosy(sio):
    @sio.on("connect")
    def connect(sid, environ, auth):
        sio.note("asked", sid)
        if auth == {"refuse": "false"}:
            return False
        if auth == {"refuse": "plainly"}:
            raise ConnectionRefusedError
        if isinstance(auth, dict) and "refuse" in auth:
            yield sio.sleep(0)
            raise ConnectionRefusedError(*auth["refuse"])
        if auth == {"fail": True}:
            raise ValueError("of the application")
        yield sio.enter_room(sid, "in")

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid)

    @sio.on("ask")
    def ask(sid):
        return "here"


@serving(choosy)
@each(
    "case",
    ("false", {"message": "Connection rejected by server"}),
    ("plainly", {"message": "Connection rejected by server"}),
    ([], {"message": "Connection rejected by server"}),
    (["no"], {"message": "no"}),
    (["no", {"a": 1}], {"message": "no", "data": {"a": 1}}),
    (["no", 1, 2], {"message": "no", "data": [1, 2]}),
)
def test_who_is_refused_is_told_why_and_may_come_again(stranger, server, case):
    arguments, told = case
    assert stranger.refused(auth={"refuse": arguments}) == told
    stranger.join()
    assert stranger.ask("ask") == ["here"]
    stranger.send("41")
    server.noted("left", stranger.sid)
    assert sum(note[0] == "left" for note in server.notes()) == 1


@serving(choosy, complaints=True)
def test_a_connect_handler_that_fails_refuses(stranger, server):
    told = stranger.refused(auth={"fail": True})
    assert "of the application" not in str(told)
    stranger.join()
    assert server.log().count("of the application") or not server.memory


@serving(choosy, always_connect=True)
def test_with_always_connect_the_refused_are_disconnected(stranger, server):
    stranger.join(auth={"refuse": ["no", 1]})
    assert stranger.receive().rstrip(",").startswith("41")
    stranger.join()
    assert stranger.ask("ask") == ["here"]


def slow_to_decide(sio):
    @sio.on("connect")
    def connect(sid, environ):
        sio.note("asked")
        yield sio.enter_room(sid, "early")
        yield sio.gate("decide")

    @sio.on("connect", namespace="/other")
    def connect_other(sid, environ):
        pass

    @sio.on("ask", namespace="/other")
    def ask(sid):
        return "here"

    @sio.command
    def broadcast():
        yield sio.emit("news", 1)
        yield sio.emit("news", 2, room="early")

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", reason)


@serving(slow_to_decide)
def test_nothing_reaches_a_client_before_it_was_accepted(stranger, server):
    stranger.join("/other")
    stranger.send("40")
    server.noted("asked")
    server.do("broadcast")
    assert stranger.ask("ask", namespace="/other") == ["here"]
    server.open("decide")
    assert stranger.receive().startswith('40{"sid":')
    server.do("broadcast")
    assert [stranger.event(), stranger.event()] == [["news", 1], ["news", 2]]


@serving(slow_to_decide)
def test_who_leaves_while_the_handler_decides_is_gone(stranger, server):
    stranger.send("40")
    server.noted("asked")
    if stranger.kind == "polling":
        stranger.send("1")
    else:
        stranger.hang_up()
    server.open("decide")
    other = server.websocket()
    other.join()
    other.send("41")
    server.noted("left", "client disconnect")


def self_ending(sio):
    @sio.on("connect")
    def connect(sid, environ):
        yield sio.disconnect(sid)
        sio.note("returned", sid)

    @sio.on("disconnect")
    def disconnect(sid, reason):
        sio.note("left", sid, reason)


@serving(self_ending, always_connect=True)
def test_a_connect_handler_may_disconnect_its_client(stranger, server):
    sid = stranger.join()
    assert stranger.receive().startswith("41")
    server.noted("returned", sid)
    server.noted("left", sid, "server disconnect")


def moving(sio):
    @sio.on("echo")
    def echo(sid, number):
        yield sio.emit("echoed", number, to=sid)

    @sio.on("transport")
    def transport(sid):
        return sio.transport(sid)


@serving(moving)
def test_a_session_moves_to_websocket_and_loses_nothing(server):
    polling = server.polling()
    polling.join()
    assert polling.ask("transport") == ["polling"]
    polling.send(*(f'42["echo",{number}]' for number in range(5)))
    received = [polling.event()[1] for _ in range(5)]
    moved = upgrade(polling)
    assert sorted(received) == list(range(5))
    assert moved.ask("transport") == ["websocket"]
    moved.emit("echo", 6)
    assert moved.event() == ["echoed", 6]
    refused = polling.begin_poll().answer()
    assert refused.status == 400
    assert moved.ask("transport") == ["websocket"]


@serving(moving)
def test_what_is_no_handshake_is_refused(server):
    for query in (
        "transport=polling&EIO=3",
        "transport=polling",
        "transport=carrier-pigeon&EIO=4",
        "transport=polling&EIO=4&sid=unknown",
    ):
        assert server.request(query).status == 400
    assert server.request("transport=polling&EIO=4", "POST").status == 400
    assert server.request("transport=polling&EIO=4", "DELETE").status in (400, 405)


@serving(moving, cors_allowed_origins="https://good.example")
def test_other_origins_are_refused(server):
    query = "transport=polling&EIO=4"
    assert server.request(query, headers={"Origin": "https://bad.example"}).status == 400
    good = server.request(query, headers={"Origin": "https://good.example"})
    assert good.status == 200
    assert good.headers["access-control-allow-origin"] == "https://good.example"


@serving(moving)
def test_two_polls_at_a_time_end_the_session(server):
    client = server.polling()
    client.join()
    first = server.waiting_poll(client)
    assert client.begin_poll().answer().status == 400
    assert first.answer().text == "1"
    assert client.begin_poll().answer().status == 400


@serving(moving)
def test_a_second_websocket_is_accepted_and_closed_and_the_first_goes_on(server):
    polling = server.polling()
    polling.join()
    first = upgrade(polling)
    second = Socket(server.network, server.path, polling.opened["sid"]).open()
    second.ended()
    assert first.ask("transport") == ["websocket"]
