"""Observers: what they are told by servers of both colours, and that they harm nobody."""

from contextvars import ContextVar

from sio_server import ConnectionRefusedError, Observer
from tests.server_behaviour.harness import ALL, dispatching, each, serving

CURRENT: ContextVar[str] = ContextVar("CURRENT", default="none")


class Noting(Observer):
    """Notes what concerns clients of the namespace "/"."""

    def __init__(self, sio):
        self.note = sio.note

    def session_opened(self, session):
        self.note("opened", session.transport, session.driver.environ["PATH_INFO"])

    def session_closed(self, session, reason):
        self.note("closed")

    def connected(self, socket):
        self.note("connected", socket.sid)

    def refused(self, session, namespace, reason):
        self.note("refused", namespace, reason)

    def disconnected(self, socket, reason):
        self.note("disconnected", socket.sid, reason)

    def room_joined(self, namespace, room, sid):
        self.note("joined", room, sid)

    def room_left(self, namespace, room, sid):
        self.note("left room", room, sid)

    def event_received(self, socket, name, args, size):
        self.note("received", name, args, size)

    def event_sent(self, emit, sockets, size):
        self.note("sent", emit.event, list(emit.args), len(sockets), size)

    def acknowledged(self, socket, ack_id, args):
        self.note("acknowledged", args)


class Traffic(Observer):
    def __init__(self):
        self.came = self.went = 0

    def received(self, session, packets, size):
        self.came += size

    def sent(self, session, packets, size):
        self.went += size


def observed(sio):
    observer = Noting(sio)
    traffic = Traffic()
    sio.observe(observer)
    sio.observe(traffic)

    @sio.on("connect", namespace="/closed")
    def connect(sid, environ):
        raise ConnectionRefusedError("closed")

    @sio.on("enter")
    def enter(sid, room):
        yield sio.enter_room(sid, room)

    @sio.on("say")
    def say(sid, text):
        yield sio.emit("said", (text, text))

    @sio.on("ask back")
    def ask_back(sid):
        answer = yield sio.call("question", to=sid)
        yield sio.emit("answered", answer, to=sid)

    @sio.command
    def stop_observing():
        sio.unobserve(observer)
        sio.unobserve(observer)

    @sio.command
    def traffic_so_far():
        return [traffic.came, traffic.went]


@serving(observed, modes=ALL)
def test_an_observer_is_told_of_a_client_from_its_coming_to_its_end(client, server, kind):
    sid = client.sid
    server.noted("opened", kind, server.path)
    server.noted("joined", sid, sid)
    server.noted("connected", sid)
    client.ask("enter", "tea")
    server.noted("joined", "tea", sid)
    client.emit("say", "hé")
    assert client.event() == ["said", "hé", "hé"]
    server.noted("received", "say", ["hé"], len('42["say", "h\\u00e9"]'))
    server.noted("sent", "said", ["hé", "hé"], 1, len('42["said","hé","hé"]'.encode()))
    came, went = server.do("traffic_so_far")
    assert came > 40
    assert went > 100  # the open packet alone is about that
    client.send("41")
    server.noted("disconnected", sid, "client disconnect")
    server.noted("left room", "tea", sid)
    server.noted("left room", sid, sid)
    names = [note[0] for note in server.notes()]
    assert names.index("opened") < names.index("connected") < names.index("received")


@dispatching(observed)
def test_refusals_and_acknowledgements_are_told(client, server):
    client.refused("/closed")
    server.noted("refused", "/closed", "refused by the application")
    client.refused("/unknown")
    server.noted("refused", "/unknown", "unknown namespace")
    client.emit("ask back")
    number, args = client.question()
    assert args == ["question"]
    client.acknowledge(number, 42)
    assert client.event() == ["answered", 42]
    server.noted("acknowledged", [42])


@dispatching(observed)
def test_an_observer_that_was_taken_off_is_told_nothing(client, server):
    server.do("stop_observing")
    told = len(server.notes())
    client.ask("enter", "tea")
    assert len(server.notes()) == told


class Around(Observer):
    """Sets a variable of the context around each handler."""

    def __init__(self, sio):
        self.note = sio.note

    def handler_begun(self, socket, name):
        self.note("begun", name)
        return CURRENT.set(f"{socket.namespace} {name}")

    def handler_ended(self, socket, name, begun, error):
        CURRENT.reset(begun)
        self.note("ended", name, error and str(error), CURRENT.get())

    def handler_failed(self, socket, name, error):
        self.note("failed", name, str(error))


def around(sio):
    sio.observe(Around(sio))

    @sio.event
    def connect(sid, environ):
        sio.note("in connect", CURRENT.get())

    @sio.event
    def disconnect(sid, reason):
        yield sio.sleep(0)
        sio.note("in disconnect", CURRENT.get())

    @sio.on("wait")
    def wait(sid):
        before = CURRENT.get()
        yield sio.sleep(0)
        return before, CURRENT.get()

    @sio.on("at once")
    def at_once(sid):
        return CURRENT.get()

    @sio.on("fail")
    def fail(sid):
        yield sio.sleep(0)
        raise ValueError("of the handler")

    @sio.on("any name", namespace="/functions")
    def any_name(sid):
        return CURRENT.get()

    @sio.namespace("/class")
    class Rooms:
        def on_look(self, sid):
            yield sio.sleep(0)
            return CURRENT.get()


@dispatching(around)
def test_observers_stand_around_handlers_in_their_context(client, server):
    server.noted("in connect", "/ connect")
    server.noted("ended", "connect", None, "none")
    assert client.ask("wait") == ["/ wait", "/ wait"]
    assert client.ask("at once") == ["/ at once"]
    server.noted("ended", "at once", None, "none")
    client.join("/class")
    assert client.ask("look", namespace="/class") == ["/class look"]
    client.emit("unheard of")
    client.emit("unheard of", namespace="/class")
    assert client.ask("look", namespace="/class") == ["/class look"]
    client.send("41")
    server.noted("in disconnect", "/ disconnect")
    server.noted("ended", "disconnect", None, "none")
    assert server.count("begun", "unheard of") == 0


@dispatching(around, async_handlers=False)
def test_observers_stand_around_handlers_that_run_one_after_another(client, server):
    assert client.ask("wait") == ["/ wait", "/ wait"]
    assert client.ask("at once") == ["/ at once"]


@dispatching(around, complaints=True)
def test_observers_hear_of_handlers_that_fail(client, server):
    client.emit("fail")
    server.noted("failed", "fail", "of the handler")
    server.noted("ended", "fail", "of the handler", "none")


class Broken(Observer):
    """Raises whatever it is told."""

    def event_received(self, socket, name, args, size):
        raise ArithmeticError("of an observer")

    def handler_begun(self, socket, name):
        raise ArithmeticError("of an observer")

    def handler_ended(self, socket, name, begun, error):
        assert begun is None
        raise ArithmeticError("of an observer")


def broken(sio):
    sio.observe(Broken())
    sio.observe(Around(sio))

    @sio.on("ask")
    def ask(sid, value):
        return value

    @sio.command
    def wrong(what):
        try:
            sio.observe(what)
        except TypeError as error:
            return str(error)


@dispatching(broken, complaints=True)
def test_an_observer_that_raises_harms_nobody_and_is_logged(client, server):
    for number in range(3):
        assert client.ask("ask", number) == [number]
    server.noted("ended", "ask", None, "none")
    for method in ("event_received", "handler_begun", "handler_ended"):
        line = f"{method} of an observer raised an exception"
        server.until(lambda line=line: line in server.log())
        assert server.log().count(line) == 1


@dispatching(broken)
@each("what", None, "text")
def test_what_is_no_observer_is_refused(server, what):
    assert server.do("wrong", what).startswith("observe takes an instance of an Observer subclass")
