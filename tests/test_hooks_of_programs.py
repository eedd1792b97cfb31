"""The methods that programs replace or call by python-socketio's names, in both colours."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import engineio
import socketio
from socketio import exceptions, packet
from tests.support import colours

COLOURS = {"threading": colours.Threading, "asyncio": colours.Asyncio}
WAYS = ("subclass", "object", "class")
"""Where a program puts its method: in a subclass, in a server, in the class of all."""


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Iterator[Any]:
    found = COLOURS[request.param]()
    yield found
    found.close()


def own(plain: Any, around: Callable[..., Any]) -> Any:
    """A method of a program: `around` is given what calls the plain one, and the arguments."""

    async def awaiting(self: Any, *args: Any) -> Any:
        return await waited(around(lambda *given: plain(self, *given), *args))

    def blocking(self: Any, *args: Any) -> Any:
        return around(lambda *given: plain(self, *given), *args)

    return awaiting if inspect.iscoroutinefunction(plain) else blocking


async def waited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


class Patches:
    """Servers with methods of a program's own, put there in one of the `WAYS`."""

    def __init__(self, colour: Any, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._colour = colour
        self._way = way
        self._monkeypatch = monkeypatch

    def server(self, methods: dict[str, Callable[..., Any]], **options: Any) -> Any:
        """A server; its handlers are registered and its methods replaced before any client."""
        options.setdefault("namespaces", "*")
        plain = self._colour.server(**options)
        kind = type(plain)
        made = {name: own(getattr(kind, name), around) for name, around in methods.items()}
        if self._way == "subclass":
            sio = type("Own", (kind,), made)(**options)
            self._colour._servers.append(sio)
            return sio
        for name, method in made.items():
            if self._way == "object":
                setattr(plain, name, method.__get__(plain))
            else:
                self._monkeypatch.setattr(kind, name, method)
        return plain


@pytest.fixture(params=WAYS)
def patches(
    request: pytest.FixtureRequest, colour: Any, monkeypatch: pytest.MonkeyPatch
) -> Patches:
    return Patches(colour, request.param, monkeypatch)


def noting(notes: list[Any], *name: str) -> Callable[..., Any]:
    """A method that notes its arguments and does what the plain one does."""

    def around(plain: Callable[..., Any], *args: Any) -> Any:
        notes.append((*name, *args))
        return plain(*args)

    return around


# How handlers are called -------------------------------------------------------------------------


def test_trigger_event_sees_every_event(colour: Any, patches: Patches) -> None:
    notes: list[Any] = []
    sio = patches.server({"_trigger_event": noting(notes)})
    sio.on("double", lambda sid, number: number * 2)
    sio.on("catch", lambda sid: None, namespace="/chat")
    client = colours.Client(colour, sio)
    sid = client.connect(auth={"token": 1})
    assert client.ask("double", 21) == [42]
    client.emit("unknown", 1, 2)
    client.leave()
    colours.until(colour, lambda: notes and notes[-1][0] == "disconnect")
    environ = notes[0][3]
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    assert notes == [
        ("connect", "/", sid, environ, {"token": 1}),
        ("double", "/", sid, 21),
        ("unknown", "/", sid, 1, 2),
        ("disconnect", "/", sid, "transport close"),
    ]


def test_handlers_found_by_the_program(colour: Any, patches: Patches) -> None:
    def handler(plain: Any, event: str, namespace: str, args: Any) -> Any:
        return (
            (lambda *given: [event, *given[1:]], args)
            if event == "mine"
            else plain(event, namespace, args)
        )

    class Chat(colour.Namespace):  # type: ignore[misc, name-defined]
        def on_said(self, sid: str, text: str) -> str:
            return f"{self.namespace}: {text}"

    chat = Chat("/chat")

    def namespaces(plain: Any, namespace: str, args: Any) -> Any:
        return (chat, args) if namespace == "/room" else plain(namespace, args)

    sio = patches.server({"_get_event_handler": handler, "_get_namespace_handler": namespaces})
    sio.register_namespace(chat)
    client = colours.Client(colour, sio)
    client.connect()
    client.connect("/room")
    assert client.ask("mine", 1) == [["mine", 1]]
    assert client.ask("said", "hi", namespace="/room") == ["/chat: hi"]


def test_a_method_is_replaced_and_put_back_while_clients_are_there(
    colour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[Any] = []
    sio = colour.server(namespaces="*")
    sio.on("ask", lambda sid: "plain")
    client = colours.Client(colour, sio)
    client.connect()
    kind = type(sio)
    for place in (sio, kind, *kind.__mro__[1:2]):
        with monkeypatch.context() as patch:
            for name in ("_trigger_event", "_handle_eio_message", "_send_packet"):
                method = own(getattr(kind, name), noting(notes, name))
                patch.setattr(
                    place, name, method.__get__(sio) if place is sio else method, raising=False
                )
            assert client.ask("ask") == ["plain"]
        if place in (sio, kind):
            assert [note[0] for note in notes] == [
                "_handle_eio_message",
                "_trigger_event",
                "_send_packet",
            ]
        notes.clear()
        assert client.ask("ask") == ["plain"]
        assert notes == []


# What comes from connections ----------------------------------------------------------------------


def test_what_comes_from_connections(colour: Any, patches: Patches) -> None:
    notes: list[Any] = []
    names = ("_handle_eio_connect", "_handle_eio_message", "_handle_eio_disconnect")
    sio = patches.server({name: noting(notes, name) for name in names})
    told: list[Any] = []
    sio.on("data", lambda sid, data: told.append(data))
    sio.on("disconnect", lambda sid, reason: told.append(reason))
    client = colours.Client(colour, sio)
    client.connect()
    client.request("POST", '451-["data",{"_placeholder":true,"num":0}]\x1ebAAE=')
    client.leave()
    colours.until(colour, lambda: len(notes) == 5)
    colours.until(colour, lambda: told[1:])
    environ = notes[0][2]
    assert environ["REMOTE_ADDR"] == "192.0.2.1"
    eio_sid = client.eio_sid
    assert notes == [
        ("_handle_eio_connect", eio_sid, environ),
        ("_handle_eio_message", eio_sid, "0"),
        ("_handle_eio_message", eio_sid, '51-["data",{"_placeholder":true,"num":0}]'),
        ("_handle_eio_message", eio_sid, b"\0\1"),
        ("_handle_eio_disconnect", eio_sid, "transport close"),
    ]
    assert told == [b"\0\1", "transport close"]


def test_the_program_changes_what_comes(colour: Any, patches: Patches) -> None:
    def connect(plain: Any, eio_sid: str, environ: dict[str, Any]) -> Any:
        return plain(eio_sid, {**environ, "own": "yes"})

    def message(plain: Any, eio_sid: str, data: Any) -> Any:
        if data == '2["drop"]':
            return None
        return plain(eio_sid, data.replace("blue", "red"))

    sio = patches.server({"_handle_eio_connect": connect, "_handle_eio_message": message})
    sio.on("colour", lambda sid, text: [text, sio.get_environ(sid)["own"]])
    dropped: list[str] = []
    sio.on("drop", dropped.append)
    client = colours.Client(colour, sio)
    client.connect()
    client.emit("drop")
    assert client.ask("colour", "blue") == [["red", "yes"]]
    assert dropped == []
    assert sio.environ[client.eio_sid]["own"] == "yes"


def test_a_connection_that_the_core_ends_is_told_of(colour: Any, patches: Patches) -> None:
    notes: list[Any] = []
    sio = patches.server({"_handle_eio_disconnect": noting(notes)})
    client = colours.Client(colour, sio)
    client.connect()
    client.send("9nonsense")
    colours.until(colour, lambda: notes)
    assert notes == [(client.eio_sid, "transport error")]


def test_what_a_method_of_the_program_raises_is_logged(
    colour: Any, patches: Patches, caplog: pytest.LogCaptureFixture
) -> None:
    def message(plain: Any, eio_sid: str, data: Any) -> Any:
        if "bad" in data:
            raise RuntimeError("of the program")
        return plain(eio_sid, data)

    sio = patches.server({"_handle_eio_message": message})
    sio.on("good", lambda sid: "fine")
    client = colours.Client(colour, sio)
    client.connect()
    client.emit("bad")
    assert client.ask("good") == ["fine"]
    assert "of the program" in caplog.text


# What goes to connections -------------------------------------------------------------------------


def test_packets_that_are_sent(colour: Any, patches: Patches) -> None:
    sent: list[Any] = []
    packets: list[Any] = []
    sio = patches.server(
        {
            "_send_packet": noting(packets, "packet"),
            "_send_eio_packet": noting(sent, "engine"),
        }
    )
    answers: list[Any] = []

    @sio.on("connect", namespace="/closed")
    def closed(sid: str, environ: Any) -> bool:
        return False

    sio.on("ask", lambda sid: {"data": b"\2"})
    client = colours.Client(colour, sio)
    sid = client.connect()
    with pytest.raises(colours.Refused):
        client.connect("/closed")
    client.emit("ask", ack=5)
    assert client.packet() == '61-5[{"data":{"_placeholder":true,"num":0}}]'
    assert client.packet() == "engine bAg=="
    colour.result(sio.emit("news", [b"\1", "text"]))
    assert client.packet().startswith("51-")
    assert client.packet() == "engine bAQ=="
    colour.result(sio.emit("reply", "now", to=sid, callback=answers.append))
    assert client.packet() == '21["reply","now"]'
    client.send('31["yes"]')
    colours.until(colour, lambda: answers == ["yes"])
    colour.result(sio.disconnect(sid))
    assert client.packet() == "1"
    assert {eio_sid for _, eio_sid, _ in packets + sent} == {client.eio_sid}
    seen = [(each.packet_type, each.namespace, each.data, each.id) for *_, each in packets]
    assert seen == [
        (packet.CONNECT, "/", {"sid": sid}, None),
        (packet.CONNECT_ERROR, "/closed", seen[1][2], None),
        (packet.BINARY_ACK, "/", [{"data": b"\2"}], 5),
        (packet.EVENT, "/", ["reply", "now"], 1),
        (packet.DISCONNECT, "/", None, None),
    ]
    assert [type(each.encode()) for *_, each in packets] == [str, str, list, str, str]
    text, attachment = (each for *_, each in sent)
    assert isinstance(text, engineio.packet.Packet)
    assert (text.packet_type, text.binary, attachment.binary) == (4, False, True)
    assert text.data == '51-["news",[{"_placeholder":true,"num":0},"text"]]'
    assert (text.encode(), attachment.encode()) == (f"4{text.data}", b"\1")
    assert attachment.encode(b64=True) == "bAQ=="


def test_the_program_changes_what_is_sent(colour: Any, patches: Patches) -> None:
    def send(plain: Any, eio_sid: str, pkt: Any) -> Any:
        if pkt.packet_type == packet.ACK:
            pkt.data = ["changed"]
        return plain(eio_sid, pkt)

    def send_engine(plain: Any, eio_sid: str, eio_pkt: Any) -> Any:
        if "secret" in eio_pkt.data:
            return None
        eio_pkt.data = eio_pkt.data.replace("blue", "red")
        return plain(eio_sid, eio_pkt)

    sio = patches.server({"_send_packet": send, "_send_eio_packet": send_engine})
    sio.on("ask", lambda sid: "plain")
    client = colours.Client(colour, sio)
    client.connect()
    assert client.ask("ask") == ["changed"]
    colour.result(sio.emit("secret", "blue"))
    colour.result(sio.emit("colour", "blue"))
    assert client.packet() == '2["colour","red"]'


@pytest.mark.parametrize("serializer", ["msgpack", "cbor", "class"])
def test_packets_of_other_serializers(colour: Any, serializer: str) -> None:
    class Own(packet.Packet):
        pass

    chosen: Any = Own if serializer == "class" else serializer
    sio = colour.server(serializer=chosen, async_handlers=False)
    sent: list[Any] = []
    replace(sio, "_send_packet", lambda eio_sid, pkt: sent.append(pkt))
    sio.on("ask", lambda sid: b"\1")
    frames = sio._core.parser
    colour.result(sio._handle_eio_connect("a", {}))
    for kind, data, number in ((0, None, None), (2, ["ask"], 3)):
        colour.result(
            sio._handle_eio_message("a", frames.encode(core_packet(kind, data, number))[0])
        )
    assert [each.data for each in sent] == [{"sid": sent[0].data["sid"]}, [b"\1"]]
    assert isinstance(sent[1], Own if serializer == "class" else packet.Packet)
    made = sent[1].encode()
    assert isinstance(made, list if serializer == "class" else bytes)


def core_packet(kind: int, data: Any, number: int | None) -> Any:
    from sio_core.socketio.parsers import Packet

    return Packet(kind, "/", data, number)


def replace(sio: Any, name: str, function: Callable[..., Any]) -> None:
    """Put a function in the place of a method of a server: a coroutine function on asyncio."""

    async def awaiting(*args: Any) -> Any:
        return function(*args)

    method = awaiting if inspect.iscoroutinefunction(getattr(type(sio), name)) else function
    setattr(sio, name, method)


def test_more_than_may_wait_for_a_slow_program_ends_the_client(colour: Any) -> None:
    sio = colour.server(max_queue_messages=10, namespaces="*")
    client = colours.Client(colour, sio)
    client.connect()

    def slow(eio_sid: str, eio_pkt: Any) -> None:
        if len(seen) == 0:
            seen.append(eio_pkt)
            for number in range(20):
                sio.driver.call(sio._core.emit, "more", [number])

    seen: list[Any] = []
    told: list[Any] = []
    sio.on("disconnect", lambda sid, reason: told.append(reason))
    replace(sio, "_send_eio_packet", slow)
    colour.result(sio.emit("news"))
    colours.until(colour, lambda: told)
    assert told == ["transport error"]


def test_a_client_is_told_before_its_connection_is_closed(colour: Any, patches: Patches) -> None:
    sio = patches.server({"_send_packet": noting([])})
    client = colours.Client(colour, sio)
    sid = client.connect()
    colour.result(sio.disconnect(sid, close=True))
    assert client.packet() == "1"
    assert client.packet() == "engine 1"


# Clients without a connection ---------------------------------------------------------------------


class Alone:
    """A client as test clients of frameworks are: it calls the server, which replies by methods."""

    def __init__(self, colour: Any, sio: Any) -> None:
        self.packets: list[Any] = []
        self._colour = colour
        self._sio = sio
        self.eio_sid = f"tester{id(self)}"
        replace(sio, "_send_packet", self._sent)
        replace(sio, "_send_eio_packet", self._sent)
        sio.environ[self.eio_sid] = {}
        sio.async_handlers = False
        sio.eio.async_handlers = False
        self.environ: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.7"}
        colour.result(sio._handle_eio_connect(self.eio_sid, self.environ))

    def _sent(self, eio_sid: str, sent: Any) -> None:
        if eio_sid == self.eio_sid:
            self.packets.append(sent.data)

    def send(self, *frames: Any) -> None:
        for frame in frames:
            self._colour.result(self._sio._handle_eio_message(self.eio_sid, frame))

    def taken(self) -> list[Any]:
        taken, self.packets = self.packets, []
        return taken


def test_a_client_without_a_connection(colour: Any) -> None:
    sio = colour.server()
    told: list[Any] = []
    threads: set[int] = set()

    @sio.on("connect")
    @colour.handler
    def connect(sid: str, environ: Any, auth: Any) -> Any:
        told.append((environ, auth))
        return sio.emit("welcome", to=sid)

    @sio.on("ask")
    def ask(sid: str, *args: Any) -> Any:
        threads.add(threading.get_ident())
        return args

    @sio.on("news")
    @colour.handler
    def news(sid: str) -> Any:
        return sio.emit("told", b"\1", room="all")

    sio.on("disconnect", lambda sid, reason: told.append(reason))
    before = threading.active_count()
    tester = Alone(colour, sio)
    tester.send('0{"token":1}')
    sid = sio.manager.sid_from_eio_sid(tester.eio_sid, "/")
    assert tester.taken() == [{"sid": sid}, '2["welcome"]']
    assert told == [(tester.environ, {"token": 1})]
    assert sio.get_environ(sid) is tester.environ is sio.environ[tester.eio_sid]
    tester.send('23["ask",1,2]', '51-4["ask",{"_placeholder":true,"num":0}]', b"\0")
    assert tester.taken() == [[1, 2], [b"\0"]]
    assert threads == {threading.get_ident()}
    colour.result(sio.enter_room(sid, "all"))
    tester.send('2["news"]')
    assert tester.taken() == ['51-["told",{"_placeholder":true,"num":0}]', b"\1"]
    answers: list[Any] = []
    colour.result(sio.emit("reply", to=sid, callback=answers.append))
    tester.send('31["yes"]')
    assert answers == ["yes"]
    assert tester.taken() == [["reply"]]
    tester.send("1")
    assert told[1:] == ["client disconnect"]
    assert sio.rooms(sid) == []
    if colour.name == "threading":
        assert threading.active_count() == before, threading.enumerate()
    # It may come back, and leave for good.
    colour.result(sio._handle_eio_connect(tester.eio_sid, tester.environ))
    tester.send("0")
    colour.result(sio._handle_eio_disconnect(tester.eio_sid, "ping timeout"))
    assert told[3:] == ["ping timeout"]
    assert tester.eio_sid not in sio.environ
    tester.send('2["ask"]')  # of a stranger, which is ignored


def test_what_handlers_raise_reaches_the_caller(
    colour: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sio = colour.server()

    @sio.on("connect")
    @colour.handler
    def connect(sid: str, environ: Any) -> None:
        if environ["bad"]:
            raise KeyError("connect")

    @sio.on("fail")
    @colour.handler
    def fail(sid: str) -> None:
        raise KeyError("event")

    sio.on("unsendable", lambda sid: object())
    sio.on("disconnect", lambda sid, reason: {}["disconnect"])
    tester = Alone(colour, sio)
    tester.environ["bad"] = True
    with pytest.raises(KeyError, match="connect"):
        tester.send("0")
    assert len(tester.taken()) == 1, "the refusal"
    tester.environ["bad"] = False
    tester.send("0")
    with pytest.raises(KeyError, match="event"):
        tester.send('21["fail"]')
    with pytest.raises(TypeError, match="not JSON serializable"):
        tester.send('21["unsendable"]')
    with pytest.raises(KeyError, match="disconnect"):
        tester.send("1")
    assert caplog.text == ""


def test_handlers_of_events_run_on_beside_the_caller(colour: Any) -> None:
    sio = colour.server()
    tester = Alone(colour, sio)
    sio.async_handlers = True
    asked: list[Any] = []

    @sio.on("ask")
    @colour.handler
    def ask(sid: str) -> Any:
        return colour_call(sio, sid, asked)

    tester.send("0")
    tester.send('2["ask"]')
    colours.until(colour, lambda: len(tester.packets) == 2)
    tester.send('31["yes"]')
    colours.until(colour, lambda: asked == ["yes"])


def colour_call(sio: Any, sid: str, asked: list[Any]) -> Any:
    answer = sio.call("question", to=sid)
    if not inspect.isawaitable(answer):
        return asked.append(answer)

    async def wait() -> None:
        asked.append(await answer)

    return wait()


def test_a_client_without_a_connection_and_real_ones(colour: Any) -> None:
    sio = colour.server(namespaces="*")
    real = colours.Client(colour, sio)
    real.connect()
    tester = Alone(colour, sio)
    tester.send("0")
    tester.taken()
    colour.result(sio.emit("news", 1))
    assert tester.taken() == ['2["news",1]']
    del sio._send_packet, sio._send_eio_packet
    colour.result(sio.emit("news", 2))
    # The program has taken the first, and there is nobody to take the second for the tester.
    assert real.packet() == '2["news",2]'
    assert tester.taken() == []
    real.leave()
    colour.result(sio.shutdown())
    assert dict(sio.eio.sockets) == {}


def test_plain_methods_send_to_real_clients(colour: Any) -> None:
    sio = colour.server(namespaces="*")
    client = colours.Client(colour, sio)
    client.connect()
    made = packet.Packet(packet.EVENT, ["direct", b"\1"], namespace="/")
    colour.result(sio._send_packet(client.eio_sid, made))
    assert client.packet() == '51-["direct",{"_placeholder":true,"num":0}]'
    assert client.packet() == "engine bAQ=="
    sent: list[Any] = []
    replace(sio, "_send_eio_packet", lambda eio_sid, eio_pkt: sent.append(eio_pkt))
    colour.result(sio.emit("news"))
    colours.until(colour, lambda: sent)
    colour.result(type(sio)._send_eio_packet(sio, client.eio_sid, sent[0]))
    assert client.packet() == '2["news"]'
    colour.result(sio._send_packet("stranger", made))
    colour.result(type(sio)._send_eio_packet(sio, "stranger", sent[0]))
    colour.result(sio._handle_eio_disconnect("stranger", "transport close"))


# environ ------------------------------------------------------------------------------------------


def test_environ_is_assignable(colour: Any) -> None:
    sio = colour.server(namespaces="*")
    client = colours.Client(colour, sio)
    sid = client.connect()
    sio.environ["other"] = {"a": 1}
    mine: dict[str, Any] = {"mine": True}
    sio.environ = {client.eio_sid: mine, "new": {"b": 2}}
    assert dict(sio.environ) == {client.eio_sid: mine, "new": {"b": 2}}
    assert sio.get_environ(sid) is mine


# Patches of the methods that programs call --------------------------------------------------------


def test_patches_of_emit_and_call_reach_namespaces_and_send(
    colour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[Any] = []
    sio = colour.server(namespaces="*")
    kind = type(sio)
    for name in ("emit", "call"):
        plain = getattr(kind, name)

        def patched(self: Any, *args: Any, _n: str = name, _p: Any = plain, **kwargs: Any) -> Any:
            notes.append((_n, args[0]))
            return _p(self, *args, **kwargs)

        monkeypatch.setattr(kind, name, patched)
    chat = colour.Namespace("/")
    sio.register_namespace(chat)
    client = colours.Client(colour, sio)
    sid = client.connect()
    colour.result(sio.emit("one"))
    colour.result(sio.send("two"))
    colour.result(chat.emit("three"))
    colour.result(chat.send("four"))

    with pytest.raises(exceptions.TimeoutError):
        colour.result(chat.call("five", to=sid, timeout=0.01))
    assert notes == [
        ("emit", "one"),
        ("emit", "message"),
        ("emit", "three"),
        ("emit", "message"),
        ("call", "five"),
        ("emit", "five"),
    ]


def test_patches_of_on_and_init(colour: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[Any] = []
    kind = type(colour.server())
    plain_init, plain_on = kind.__init__, kind.on

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        notes.append(("init", sorted(kwargs)))
        plain_init(self, *args, **kwargs)

    def on(self: Any, *args: Any, **kwargs: Any) -> Any:
        notes.append(("on", args[0]))
        return plain_on(self, *args, **kwargs)

    monkeypatch.setattr(kind, "__init__", init)
    monkeypatch.setattr(kind, "on", on)
    sio = colour.server(namespaces="*")

    @sio.event
    def ask(sid: str) -> str:
        return "yes"

    sio.on("other", lambda sid: None)
    assert notes[0][0] == "init"
    assert "namespaces" in notes[0][1]
    assert notes[1:] == [("on", "ask"), ("on", "other")]
    client = colours.Client(colour, sio)
    client.connect()
    assert client.ask("ask") == ["yes"]


def test_the_call_of_an_application_is_overridden_and_calls_super() -> None:
    notes: list[Any] = []

    class Program(socketio.WSGIApp):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            notes.append(environ["PATH_INFO"])
            environ = {**environ, "program": "own"}
            return super().__call__(environ, start_response)

    sio = socketio.Server(async_mode="threading", namespaces="*")
    app = Program(sio, lambda environ, start_response: [environ["program"].encode()])
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/socket.io/",
        "QUERY_STRING": "EIO=4&transport=polling",
        "wsgi.url_scheme": "http",
    }
    (body,) = app(environ, lambda status, headers: notes.append(status))
    eio_sid = json.loads(body[1:])["sid"]
    assert sio.environ[eio_sid]["program"] == "own"
    assert app({**environ, "PATH_INFO": "/page"}, lambda *args: None) == [b"own"]
    assert notes == ["/socket.io/", "200 OK", "/page"]
    sio.shutdown(0)


async def test_the_call_of_an_asgi_application_is_overridden_and_calls_super() -> None:
    notes: list[Any] = []

    class Program(socketio.ASGIApp):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            notes.append(scope["path"])
            await super().__call__({**scope, "program": "own"}, receive, send)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        notes.append(message["type"])

    sio = socketio.AsyncServer(namespaces="*")
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/socket.io/",
        "query_string": b"EIO=4&transport=polling",
        "headers": [],
    }
    await Program(sio)(scope, receive, send)
    (environ,) = sio.environ.values()
    assert environ["asgi.scope"]["program"] == "own"
    assert notes == ["/socket.io/", "http.response.start", "http.response.body"]
    await sio.shutdown(0)
