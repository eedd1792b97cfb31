"""Events from a client and to it: arguments, order, who gets them, and what handlers return."""

from tests.server_behaviour.harness import InThread, dispatching, each


def echoing(sio):
    @sio.on("echo")
    def echo(sid, *args):
        yield sio.emit("echoed", args, to=sid)

    @sio.on("ask")
    def ask(sid, *args):
        yield sio.sleep(0)
        return args

    @sio.on("ask plainly")
    def ask_plainly(sid, *args):
        return args

    @sio.on("one")
    def one(sid):
        return [1, 2]

    @sio.on("nothing")
    def nothing(sid):
        return None


@dispatching(echoing)
@each("args", [], [None], [1, "two", {"three": [True]}], [b"\0\1", "between", b""])
def test_arguments_come_back_as_they_were_sent(client, args):
    client.emit("echo", *args)
    assert client.event() == ["echoed", *args]
    assert client.ask("ask", *args) == args
    assert client.ask("ask plainly", *args) == args


@dispatching(echoing)
def test_what_a_handler_returns_acknowledges(client):
    assert client.ask("one") == [[1, 2]]
    assert client.ask("nothing") == []


@dispatching(echoing)
def test_an_event_without_a_handler_goes_nowhere(client, server):
    client.emit("unheard", 1)
    client.emit("unheard of", 1, ack=5)
    assert client.ask("ask", 1) == [1]
    assert server.rest(client) == []


def catching_all(sio):
    @sio.on("known")
    def known(sid, *args):
        sio.note("known", *args)

    @sio.on("*")
    def anything(event, sid, *args):
        sio.note("any", event, *args)

    @sio.on("*", namespace="*")
    def anywhere(event, namespace, sid, *args):
        sio.note("anywhere", event, namespace, *args)


@dispatching(catching_all, namespaces="*")
def test_the_most_exact_handler_gets_the_event(client, server):
    client.join("/other")
    client.emit("known", 1)
    client.emit("unknown", 2)
    client.emit("known", 3, namespace="/other")
    for note in (["known", 1], ["any", "unknown", 2], ["anywhere", "known", "/other", 3]):
        server.noted(*note)
    assert len(server.notes()) == 3


def a_namespace(sio):
    @sio.namespace("/class")
    class Handlers:
        def on_connect(self, sid, environ, auth):
            yield self.save_session(sid, {"auth": auth})

        def on_double(self, sid, number):
            yield self.emit("doubled", number * 2, to=sid)
            session = yield self.get_session(sid)
            return session["auth"]

        def on_disconnect(self, sid, reason):
            sio.note("left", reason)


@dispatching(a_namespace)
def test_a_class_handles_a_namespace(stranger, server):
    stranger.join("/class", {"token": 1})
    stranger.emit("double", 21, namespace="/class", ack=4)
    assert stranger.event("/class") == ["doubled", 42]
    assert stranger.packet() == ("3", "/class", 4, [{"token": 1}])
    stranger.send("41/class,")
    server.noted("left", "client disconnect")


def in_order(sio):
    @sio.on("take")
    def take(sid, number):
        sio.note("begun", number)
        if number == 0:
            yield sio.gate("first")
        yield sio.sleep(0)
        sio.note(number)


@dispatching(in_order, async_handlers=False)
def test_without_async_handlers_one_event_waits_for_the_other(client, server):
    # In threads the request with the events is answered when they were handled.
    sending = InThread(lambda: client.send(*(f'42["take",{number}]' for number in range(20))))
    server.until(lambda: server.count("begun", 0))
    server.open("first")
    server.noted(19)
    sending.result()
    wanted = [note for number in range(20) for note in (["begun", number], [number])]
    assert server.notes() == wanted


@dispatching(in_order)
def test_with_async_handlers_a_handler_that_waits_keeps_no_other_waiting(client, server):
    client.send(*(f'42["take",{number}]' for number in range(20)))
    for number in range(1, 20):
        server.noted(number)
    assert not server.count(0)
    server.open("first")
    server.noted(0)
