"""Rows 1 to 31 of the feature list: what an `AsyncServer` can be told."""

import asyncio
import gzip
import inspect
import json
import logging
from types import SimpleNamespace

import pytest

from sio_core import Request
from sio_core.fast_json import FastJSON
from sio_core.json import StdlibJSON
from sio_server import AsyncManager, AsyncNamespace, AsyncServer, Manager, Server
from sio_server.options import COUNTS, TIMES
from sio_server.packet import Packet

both = pytest.mark.parametrize("make", [AsyncServer, Server])

PLAIN = {
    "on",
    "event",
    "register_namespace",
    "rooms",
    "transport",
    "get_environ",
    "start_background_task",
    "instrument",
    "session",
    "attach",
}
COROUTINES = {
    "emit",
    "send",
    "call",
    "enter_room",
    "leave_room",
    "close_room",
    "get_session",
    "save_session",
    "disconnect",
    "handle_request",
    "shutdown",
    "sleep",
}


def opened(response):
    """The object in the open packet of a handshake."""
    return json.loads(response.body.split(b"\x1e")[0][1:])


@pytest.mark.parametrize("name", sorted(COROUTINES))
def test_row_1_waiting_methods_are_coroutines(name):
    assert inspect.iscoroutinefunction(getattr(AsyncServer, name))


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_row_1_the_others_are_plain(name):
    assert not inspect.iscoroutinefunction(getattr(AsyncServer, name))


def test_row_1_documented_positions_of_the_constructor():
    manager = AsyncManager()
    log = logging.getLogger("test_row_1")
    sio = AsyncServer(manager, log, None, False, ["/", "/a"])
    assert (sio.manager, sio.logger, sio.async_handlers) == (manager, log, False)


async def test_row_2_client_manager(client_of):
    calls = []

    class Mine(AsyncManager):
        def set_server(self, server):
            calls.append("set_server")
            super().set_server(server)

        def initialize(self):
            calls.append("initialize")

    sio = AsyncServer(client_manager=Mine())
    assert calls == ["set_server"]
    await client_of(sio)
    await client_of(sio)
    assert calls == ["set_server", "initialize"]


@pytest.fixture
def _fresh_loggers():
    names = ("socketio.server", "engineio.server")
    before = [(name, logging.getLogger(name).level) for name in names]
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in before:
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("_fresh_loggers")
def test_row_3_logger_false_true_and_an_object():
    assert AsyncServer().logger.level == logging.WARNING
    logging.getLogger("socketio.server").setLevel(logging.NOTSET)
    sio = AsyncServer(logger=True)
    assert (sio.logger.name, sio.logger.level) == ("socketio.server", logging.INFO)
    assert not sio.logger.handlers, "pytest configured logging: nothing is to be added"
    assert AsyncServer(logger=False).logger.level == logging.INFO, "others go on logging"
    own = logging.getLogger("test_row_3")
    assert AsyncServer(logger=own).logger is own


@pytest.mark.usefixtures("_fresh_loggers")
def test_a_second_server_may_log_more_but_not_against_the_application():
    AsyncServer(logger=False)
    assert AsyncServer(logger=True).logger.level == logging.INFO
    logging.getLogger("socketio.server").setLevel(logging.CRITICAL)
    assert AsyncServer(logger=True).logger.level == logging.CRITICAL


@pytest.mark.usefixtures("_fresh_loggers")
def test_row_4_engineio_logger():
    sio = AsyncServer(engineio_logger=True)
    assert sio.driver.log.name == "engineio.server"
    assert sio.driver.log.level == logging.INFO
    own = logging.getLogger("test_row_4")
    assert AsyncServer(engineio_logger=own).driver.log is own


def test_row_5_pickle_is_refused_with_what_to_use():
    with pytest.raises(ValueError, match="'msgpack' or 'cbor'"):
        AsyncServer(serializer="pickle")
    with pytest.raises(ValueError, match="unknown serializer"):
        AsyncServer(serializer="yaml")


async def test_row_5_msgpack(client_of):
    sio = AsyncServer(serializer="msgpack")
    client = await client_of(sio, connect=False)
    client.raw(b"\x82\xa4type\x00\xa3nsp\xa1/")
    answer = await client.frame()
    assert isinstance(answer, bytes)
    assert b"sid" in answer


async def test_row_6_json_is_per_server_and_may_return_bytes(client_of):
    fast = SimpleNamespace(dumps=lambda obj: json.dumps(obj).encode(), loads=json.loads)
    calls = []

    def dumps(obj, separators=None):
        calls.append(separators)
        return json.dumps(obj, separators=separators)

    other = AsyncServer(json=SimpleNamespace(dumps=dumps, loads=json.loads))
    sio = AsyncServer(json=fast)
    client = await client_of(sio)
    await sio.emit("x", {"a": 1})
    assert await client.packet() == '2["x", {"a": 1}]'
    assert not calls
    client = await client_of(other)
    await other.emit("x", {"a": 1})
    assert await client.packet() == '2["x",{"a":1}]'
    assert set(calls) == {(",", ":")}


@pytest.mark.parametrize("codec", [None, StdlibJSON(), FastJSON()], ids=["none", "stdlib", "fast"])
async def test_row_6_json_may_be_a_codec(client_of, codec):
    sio = AsyncServer(json=codec)
    client = await client_of(sio)
    await sio.emit("x", {"a": ["é", 2**70, 1e16, b"b"]})
    hole = '{"_placeholder":true,"num":0}'
    assert await client.packet() == f'51-["x",{{"a":["é",{2**70},1e+16,{hole}]}}]'
    assert await client.packet() == b"b"
    with pytest.raises(ValueError, match="not possible in JSON"):
        await sio.emit("x", {1})
    await sio.emit("x", [float("nan"), float("inf"), 1.5])
    assert await client.packet() == '2["x",[null,null,1.5]]'


async def test_row_6_a_codec_that_is_given_does_the_work(client_of):
    class Marked(StdlibJSON):
        def dumps(self, obj):
            return super().dumps(obj).replace("secret", "marked")

    for options in ({}, {"serializer": Packet}):
        sio = AsyncServer(json=Marked(), **options)
        client = await client_of(sio)
        await sio.emit("x", "secret")
        assert await client.packet() == '2["x","marked"]'


@pytest.mark.parametrize("concurrent", [True, False])
async def test_row_7_async_handlers(client_of, concurrent):
    sio = AsyncServer(async_handlers=concurrent)
    order = []
    go_on = asyncio.Event()

    @sio.event
    async def first(sid):
        order.append("first begins")
        await go_on.wait()
        order.append("first ends")

    @sio.event
    async def second(sid):
        order.append("second")

    @sio.event
    async def free(sid):
        go_on.set()

    client = await client_of(sio)
    other = await client_of(sio)
    client.emit("first")
    client.emit("second")
    assert await other.ask("free") == [], "other clients are never held up"
    await client.idle()
    expected = ["first begins", "first ends", "second"]
    if concurrent:
        expected = ["first begins", "second", "first ends"]
    assert order == expected


async def test_row_7_call_needs_async_handlers(client_of):
    sio = AsyncServer(async_handlers=False)
    client = await client_of(sio)
    with pytest.raises(RuntimeError):
        await sio.call("x", to=client.sid)


async def test_row_8_always_connect_answers_before_the_handler(client_of):
    sio = AsyncServer(always_connect=True)
    go_on = asyncio.Event()

    @sio.event
    async def connect(sid, environ):
        await go_on.wait()
        return False

    client = await client_of(sio)
    go_on.set()
    assert await client.packet() == "1"


async def test_row_8_without_it_the_client_waits(client_of):
    sio = AsyncServer()

    @sio.event
    async def connect(sid, environ):
        await sio.emit("early", to=sid)

    client = await client_of(sio, connect=False)
    await client.connect()
    assert await client.packet() == '2["early"]', "held back until the answer"


async def test_row_9_namespaces(client_of):
    sio = AsyncServer(namespaces=["/", "/a"])
    sio.on("x", lambda sid: None, namespace="/b")
    client = await client_of(sio)
    await client.connect("/a")
    await client.connect("/b")
    with pytest.raises(ConnectionError, match="Invalid namespace"):
        await client.connect("/c")
    anything = await client_of(AsyncServer(namespaces="*"))
    await anything.connect("/whatever")


async def test_row_9_default_is_the_default_namespace(client_of):
    client = await client_of(AsyncServer())
    with pytest.raises(ConnectionError):
        await client.connect("/a")


def test_row_10_binary_is_accepted_with_a_warning():
    with pytest.warns(DeprecationWarning, match="binary"):
        AsyncServer(binary=True)


def test_row_11_async_mode():
    with pytest.raises(ValueError, match="Invalid async_mode 'threading': it is one of Server"):
        AsyncServer(async_mode="threading")
    with pytest.raises(ValueError, match=r"Invalid async_mode 'x': choose one of .*asgi"):
        AsyncServer(async_mode="x")


def test_row_11_a_mode_without_its_adapter_names_it(monkeypatch):
    monkeypatch.setattr("sio_server.serving.modes.find_spec", lambda name: None)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **kwargs: [])
    with pytest.raises(ValueError, match="pip install sio-asgi"):
        AsyncServer(async_mode="asgi")
    with pytest.raises(ValueError, match="pip install sio-tornado"):
        AsyncServer(async_mode="tornado")


@pytest.mark.parametrize(
    ("given", "pings", "told"),
    [
        (25, 25, 25000),
        (0.3, 0.3, 300),
        (1.1, 1.1, 1100),
        ((8, 0.5), 8, 8500),
        ([2.3, 0], 2.3, 2300),
    ],
)
async def test_row_12_ping_interval(polling, given, pings, told):
    sio = AsyncServer(ping_interval=given)
    assert sio.eio.ping_interval == pings
    assert opened(await polling(sio).open())["pingInterval"] == told


async def test_row_13_ping_timeout(client_of, polling):
    assert opened(await polling(AsyncServer()).open())["pingTimeout"] == 20000
    sio = AsyncServer(ping_interval=0.01, ping_timeout=0.01)
    reasons = asyncio.Queue()

    @sio.event
    def disconnect(sid, reason):
        reasons.put_nowait(reason)

    client = await client_of(sio)
    assert await reasons.get() == sio.reason.PING_TIMEOUT
    await client.closed


async def test_row_14_a_post_body_that_is_too_large(polling):
    sio = AsyncServer(max_http_buffer_size=100)
    client = polling(sio)
    assert opened(await client.open())["maxPayload"] == 100
    assert (await client.post("40")).status == 200
    assert (await client.post("4" + "x" * 100)).status == 413


async def test_row_14_a_frame_that_is_too_large(client_of):
    sio = AsyncServer(max_http_buffer_size=100)
    reasons = asyncio.Queue()

    @sio.event
    def disconnect(sid, reason):
        reasons.put_nowait(reason)

    client = await client_of(sio)
    client.emit("x", "y" * 100)
    reason = await reasons.get()
    assert (reason, reason.detail) == (sio.reason.TRANSPORT_ERROR, "payload too large")
    assert await client.closed == 1009


@pytest.mark.parametrize(
    ("options", "fits"),
    [
        ({"max_http_buffer_size": 1_500_000}, True),
        ({"max_http_buffer_size": 1_500_000, "max_attachment_bytes": 1_000_000}, False),
        ({"max_http_buffer_size": 1_499_999}, False),
    ],
)
async def test_row_14_bytes_as_large_as_a_message(client_of, options, fits):
    sio = AsyncServer(**options)
    ended = asyncio.Queue()
    sio.on("x", lambda sid, data: ended.put_nowait(len(data)))
    sio.on("disconnect", lambda sid, reason: ended.put_nowait(reason))
    client = await client_of(sio)
    client.send('51-["x",{"_placeholder":true,"num":0}]')
    client.raw(bytes(1_500_000))
    assert await ended.get() == (1_500_000 if fits else sio.reason.TRANSPORT_ERROR)


async def test_row_15_allow_upgrades(polling, fake_http):
    allowed = polling(AsyncServer())
    assert opened(await allowed.open())["upgrades"] == ["websocket"]
    sio = AsyncServer(allow_upgrades=False)
    client = polling(sio)
    assert opened(await client.open())["upgrades"] == []
    query = f"EIO=4&transport=websocket&sid={client.sid}"
    answer = await sio.driver.websocket(Request("GET", query, websocket=True), fake_http({}))
    assert answer.status == 400


@pytest.mark.parametrize(
    ("options", "accepts", "encoding"),
    [
        ({}, "gzip", "gzip"),
        ({}, "gzip;q=0", None),
        ({}, "", None),
        ({"http_compression": False}, "gzip", None),
        ({"compression_threshold": 100_000}, "gzip", None),
    ],
)
async def test_row_16_compression(polling, options, accepts, encoding):
    sio = AsyncServer(**options)
    client = polling(sio)
    await client.open()
    await client.post("40")
    await client.get()
    await sio.emit("x", "y" * 3000)
    answer = await client.get({"accept-encoding": accepts})
    assert dict(answer.headers).get("content-encoding") == encoding
    body = gzip.decompress(answer.body) if encoding else answer.body
    assert body == b'42["x","' + b"y" * 3000 + b'"]'


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (None, []),
        ("io", ["io={sid}", "HttpOnly"]),
        ({"name": "c", "path": lambda: "/app", "Secure": True}, ["c={sid}", "Secure", "path=/app"]),
    ],
)
async def test_row_17_cookie(polling, cookie, expected):
    client = polling(AsyncServer(cookie=cookie))
    header = dict((await client.open()).headers).get("set-cookie", "")
    parts = [part.strip() for part in header.split(";")]
    for part in expected:
        assert part.format(sid=client.sid) in parts
    assert bool(header) == bool(expected)


SAME, OTHER = "http://testserver", "http://elsewhere"


@pytest.mark.parametrize(
    ("allowed", "origin", "status", "echo"),
    [
        (None, None, 200, None),
        (None, SAME, 200, SAME),
        (None, OTHER, 400, None),
        (OTHER, OTHER, 200, OTHER),
        ([OTHER], OTHER, 200, OTHER),
        ([OTHER], SAME, 400, None),
        ("*", OTHER, 200, None),
        (["*"], OTHER, 200, None),
        ([], OTHER, 200, None),
        (lambda origin: origin == OTHER, OTHER, 200, OTHER),
        (lambda origin, environ: False, OTHER, 400, None),
    ],
)
async def test_row_18_origins(polling, allowed, origin, status, echo):
    client = polling(AsyncServer(cors_allowed_origins=allowed))
    answer = await client.open({} if origin is None else {"origin": origin})
    assert answer.status == status
    if echo is not None:
        assert dict(answer.headers)["access-control-allow-origin"] == echo
    if allowed == []:
        assert not [name for name, _ in answer.headers if name.startswith("access-control")]


async def test_row_18_a_coroutine_may_decide(polling):
    async def decide(origin, environ):
        return origin == OTHER

    client = polling(AsyncServer(cors_allowed_origins=decide))
    assert (await client.open({"origin": OTHER})).status == 200
    assert (await client.open({"origin": SAME})).status == 400


@pytest.mark.parametrize(
    ("options", "allowed"),
    [
        ({}, True),
        ({"cors_credentials": True}, True),
        ({"cors_credentials": False}, False),
        ({"cors_allowed_origins": "*"}, False),
        ({"cors_allowed_origins": "*", "cors_credentials": True}, True),
    ],
)
async def test_row_19_credentials(polling, options, allowed):
    client = polling(AsyncServer(**options))
    headers = dict((await client.open({"origin": SAME})).headers)
    assert ("access-control-allow-credentials" in headers) is allowed


async def test_row_20_heartbeats_do_not_hang_on_a_monitor(client_of):
    sio = AsyncServer(monitor_clients=False, ping_interval=0.01, ping_timeout=0.01)
    client = await client_of(sio)
    await client.idle()  # so no task runs on for it
    await client.closed


async def test_row_21_transports(polling, client_of, refused):
    assert (await polling(AsyncServer(transports="websocket")).open()).status == 400
    with pytest.raises(refused):
        await client_of(AsyncServer(transports=["polling"]))
    with pytest.raises(ValueError, match="No valid transports"):
        AsyncServer(transports=["carrier pigeon"])


@both
def test_row_22_unknown_arguments_are_warned_of(make):
    with pytest.warns(UserWarning, match="has no option") as warned:
        make(cors_allowed_orgins="*", some_future_option=1)
    assert [str(warning.message).removeprefix(make.__name__) for warning in warned] == [
        " has no option 'cors_allowed_orgins': did you mean 'cors_allowed_origins'?",
        " has no option 'some_future_option', and ignores it",
    ]
    assert {warning.filename for warning in warned} == {__file__}


@both
@pytest.mark.parametrize("value", ["1", 0, float("inf")])
def test_a_time_that_may_be_left_out_is_none_or_a_number(make, value):
    assert make(accept_timeout=None).options.core.accept_timeout is None
    with pytest.raises(ValueError, match=r"^accept_timeout must be a number of seconds above 0"):
        make(accept_timeout=value)


@both
@pytest.mark.parametrize("name", [*COUNTS, *TIMES])
@pytest.mark.parametrize("value", ["1MB", 0, -1, None, float("nan")])
def test_a_number_that_cannot_be_is_refused_by_name(make, name, value):
    with pytest.raises(ValueError, match=rf"^{name} must be a .*, not "):
        make(**{name: value})


WRONG = [
    ({"namespaces": "/chat"}, r"namespaces must be a list .*\['/chat'\]"),
    ({"namespaces": ["chat"]}, r"'chat' .* slash.*'/chat'"),
    ({"namespaces": 3}, r"namespaces must be a list"),
    ({"logger": "debug"}, r"logger must be False, True or a logger.*setLevel"),
    ({"engineio_logger": 1}, r"engineio_logger must be False, True or a logger"),
    ({"client_manager": "redis://localhost"}, r"client_manager must be a manager"),
    ({"max_sessions_per_address": 0}, r"^max_sessions_per_address must be None or a whole"),
    ({"json": 3}, r"json must have the functions dumps and loads"),
    ({"cors_allowed_origins": "example.com"}, r"'example.com' .*'https://example.com'"),
    ({"cors_allowed_origins": ["https://a.example/chat"]}, r"'https://a.example/chat' .*path"),
    ({"cors_allowed_origins": "https://*.example"}, r"'https://\*.example' .*function"),
    ({"cors_allowed_origins": ""}, r"'' .*origin"),
    ({"cors_allowed_origins": True}, r"cors_allowed_origins must be"),
    ({"cors_allowed_origins": "https://a.example, https://b.example"}, r"list"),
]


@both
@pytest.mark.parametrize(("options", "text"), WRONG)
def test_a_value_that_cannot_be_is_refused_with_the_right_form(make, options, text):
    with pytest.raises((TypeError, ValueError), match=text):
        make(**options)


@both
def test_a_manager_of_the_other_colour_is_refused(make):
    other = Manager if make is AsyncServer else AsyncManager
    said = f"{make.__name__} must be an instance of .*, not of {other.__name__}"
    with pytest.raises(TypeError, match=said):
        make(client_manager=other())


@both
def test_the_class_of_a_manager_is_refused(make):
    with pytest.raises(TypeError, match=r"must be a manager, not a class: Manager\(…\)"):
        make(client_manager=Manager)


@both
def test_a_namespace_without_a_slash_is_refused_where_it_is_named(make):
    sio = make()
    with pytest.raises(ValueError, match=r"'chat' .* '/chat'"):
        sio.on("message", print, namespace="chat")
    with pytest.raises(ValueError, match=r"'chat' .* '/chat'"):
        sio.event(namespace="chat")(test_row_22_unknown_arguments_are_warned_of)
    sio.on("message", print, namespace="*")
    sio.on("message", print, namespace="")


async def test_row_23_attributes_that_programs_use(client_of):
    sio = AsyncServer(async_handlers=True)
    chat = AsyncNamespace("/chat")
    sio.register_namespace(chat)
    handler = sio.on("x")(lambda sid: None)
    client = await client_of(sio)
    await sio.enter_room(client.sid, "r")
    eio_sid = client.handshake["sid"]
    assert sio.handlers == {"/": {"x": handler}}
    assert sio.namespace_handlers == {"/chat": chat}
    assert sio.manager.rooms["/"]["r"] == {client.sid: eio_sid}
    assert sio.manager.rooms["/"][None] == {client.sid: eio_sid}
    assert sio.manager.is_connected(client.sid, "/")
    assert sio.manager.sid_from_eio_sid(eio_sid, "/") == client.sid
    assert sio.eio.sockets[eio_sid].upgraded
    assert sio.environ[eio_sid] is sio.get_environ(client.sid)
    assert sio.async_mode in ("asgi", "aiohttp", "sanic", "tornado")
    sio.eio.ping_timeout = 7
    assert sio.eio.ping_timeout == 7
    assert sio.eio.async_handlers is True


def test_row_24_reasons():
    reasons = AsyncServer.reason
    assert reasons.CLIENT_DISCONNECT == "client disconnect"
    assert reasons.SERVER_DISCONNECT == "server disconnect"
    assert reasons.PING_TIMEOUT == "ping timeout"
    assert reasons.TRANSPORT_CLOSE == "transport close"
    assert reasons.TRANSPORT_ERROR == "transport error"
    assert AsyncNamespace.reason is reasons


async def test_row_25_a_client_without_namespace_is_closed(client_of):
    client = await client_of(AsyncServer(connect_timeout=0.01), connect=False)
    await client.closed


async def test_row_26_an_upgrade_that_never_ends_closes_only_the_candidate(polling, fake_http):
    sio = AsyncServer(upgrade_timeout=0.01)
    client = polling(sio)
    await client.open()
    await client.post("40")
    query = f"EIO=4&transport=websocket&sid={client.sid}"
    connection = await sio.driver.websocket(Request("GET", query, websocket=True), fake_http({}))
    closed = asyncio.get_running_loop().create_future()

    async def close(code):
        closed.set_result(code)

    async def write(frame):
        raise AssertionError(frame)

    connection.opened(write, close)
    await closed
    connection.lost()
    assert (await client.get()).body.startswith(b"40")


async def test_row_31_generate_id(polling):
    ids = iter(["first", "second"])

    async def make():
        return next(ids)

    sio = AsyncServer(generate_id=make)
    one, two = polling(sio), polling(sio)
    await one.open()
    await two.open()
    assert (one.sid, two.sid) == ("first", "second")


async def test_row_31_an_id_that_is_taken_is_refused(polling):
    sio = AsyncServer(generate_id=lambda: "same")
    assert (await polling(sio).open()).status == 200
    assert (await polling(sio).open()).status == 400


@pytest.mark.parametrize("allowed", [True, False])
def test_older_clients_are_served_where_that_is_asked_for(allowed):
    assert AsyncServer(allow_eio3=allowed).driver.engine.config.allow_eio3 is allowed
    assert not AsyncServer().driver.engine.config.allow_eio3


@both
def test_a_server_says_what_it_is_and_how_it_writes_packets(make):
    assert make().is_asyncio_based() is (make is AsyncServer)
    assert make().packet_class is Packet
    assert make(serializer="msgpack").packet_class.__name__ == "MsgPackPacket"
    assert make(serializer="cbor").packet_class is None
    own = type("Own", (Packet,), {})
    assert make(serializer=own).packet_class is own
    assert make().manager_initialized is False
    assert make.reserved_events == ["connect", "disconnect"]
