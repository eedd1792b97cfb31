"""Rows 40 to 60, 70 and 91: which handler an event goes to, and what comes back."""

import asyncio
import builtins
import inspect
import json

import pytest

from sio_server import AsyncNamespace, AsyncServer, exceptions


@pytest.fixture
def sio():
    return AsyncServer(namespaces="*")


async def test_row_40_on_as_decorator_and_as_call(sio, client_of):
    @sio.on("a")
    def first(sid, data):
        return ["a", data]

    assert inspect.isfunction(first), "the decorator gives the function back"
    sio.on("b", lambda sid: "b")
    sio.on("c", handler=lambda sid: "c", namespace="/n")
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("a", 1) == [["a", 1]]
    assert await client.ask("b") == ["b"]
    assert await client.ask("c", namespace="/n") == ["c"]


def test_row_40_a_handler_must_be_callable(sio):
    with pytest.raises(TypeError, match="must be callable"):
        sio.on("a", "not a function")


async def test_row_41_event_takes_the_name_of_the_function(sio, client_of):
    @sio.event
    def plain(sid):
        return 1

    @sio.event(namespace="/n")
    def elsewhere(sid):
        return 2

    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("plain") == [1]
    assert await client.ask("elsewhere", namespace="/n") == [2]
    assert plain("sid") == 1


async def test_row_42_names_with_spaces_and_signs(sio, client_of):
    sio.on("my custom event", lambda sid: 1)
    sio.on("größe/✓", lambda sid: 2)
    client = await client_of(sio)
    assert await client.ask("my custom event") == [1]
    assert await client.ask("größe/✓") == [2]


class AsyncCallable:
    async def __call__(self, sid):
        return "object"


async def test_row_43_functions_coroutines_and_objects(sio, client_of):
    sio.on("plain", lambda sid: "plain")

    @sio.event
    async def coroutine(sid):
        await asyncio.sleep(0)
        return "coroutine"

    def future(sid):
        return asyncio.ensure_future(coroutine(sid))

    sio.on("future", future)
    sio.on("object", AsyncCallable())
    client = await client_of(sio)
    assert await client.ask("plain") == ["plain"]
    assert await client.ask("coroutine") == ["coroutine"]
    assert await client.ask("future") == ["coroutine"]
    assert await client.ask("object") == ["object"]


async def test_row_44_catch_all_event(sio, client_of):
    seen = []

    @sio.on("*")
    async def any_event(event, sid, *args):
        seen.append((event, args))
        return "any"

    sio.on("known", lambda sid: "known")
    client = await client_of(sio)
    assert await client.ask("known") == ["known"]
    assert await client.ask("unknown", 1, 2) == ["any"]
    client.send("1")
    await client.idle()
    assert seen == [("unknown", (1, 2))], "never connect or disconnect"


async def test_row_45_catch_all_namespace(client_of):
    sio = AsyncServer(namespaces=["/", "/listed"])
    seen = []
    sio.on("connect", lambda namespace, sid, environ: seen.append(namespace), namespace="*")
    sio.on("x", lambda namespace, sid, data: [namespace, data], namespace="*")
    client = await client_of(sio)
    await client.connect("/listed")
    assert await client.ask("x", 1, namespace="/listed") == [["/listed", 1]]
    assert seen == ["/", "/listed"]
    with pytest.raises(ConnectionError):
        await client.connect("/other")


async def test_row_46_catch_all_of_both(sio, client_of):
    sio.on("*", lambda event, namespace, sid, *args: [event, namespace, *args], namespace="*")
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("x", 1, namespace="/n") == [["x", "/n", 1]]


class Named(AsyncNamespace):
    def on_x(self, *args):
        return f"class {self.namespace}"


async def test_row_47_the_most_exact_wins(sio, client_of):
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.rest("/n") == []
    steps = [
        ("class *", lambda: sio.register_namespace(Named("*"))),
        ("class /n", lambda: sio.register_namespace(Named("/n"))),
        ("*/*", lambda: sio.on("*", lambda *args: "*/*", namespace="*")),
        ("*/x", lambda: sio.on("x", lambda *args: "*/x", namespace="*")),
        ("n/*", lambda: sio.on("*", lambda *args: "n/*", namespace="/n")),
        ("n/x", lambda: sio.on("x", lambda *args: "n/x", namespace="/n")),
    ]
    for expected, register in steps:
        register()
        assert await client.ask("x", namespace="/n") == [expected]


@pytest.mark.parametrize("result", [None, True, 0, "", [], {"a": 1}])
async def test_row_48_only_false_refuses(sio, client_of, result):
    sio.on("connect", lambda sid, environ: result)
    assert await client_of(sio)


async def test_row_48_false_refuses(sio, client_of):
    sio.on("connect", lambda sid, environ: False)
    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError) as caught:
        await client.connect()
    assert caught.value.args == ('4{"message":"Connection rejected by server"}',)


async def test_row_48_handlers_with_and_without_auth(sio, client_of):
    seen = []
    sio.on("connect", lambda sid, environ: seen.append(("two", environ["REMOTE_ADDR"])))
    sio.on("connect", lambda sid, environ, auth: seen.append(auth), namespace="/three")
    sio.on("connect", lambda sid, environ, auth=5: seen.append(auth), namespace="/default")
    client = await client_of(sio, auth={"token": 1})
    await client.connect("/three", auth={"token": 2})
    await client.connect("/default", auth={"token": 3})
    other = await client_of(sio)
    await other.connect("/three")
    await other.connect("/default")
    two = ("two", "192.0.2.1")
    assert seen == [two, {"token": 2}, {"token": 3}, two, None, 5]


async def test_row_48_room_emit_and_session_in_the_connect_handler(sio, client_of):
    @sio.event
    async def connect(sid, environ, auth):
        await sio.save_session(sid, {"name": auth["name"]})
        await sio.enter_room(sid, "r")
        await sio.emit("hello", to=sid)
        await sio.emit("room", to="r")

    client = await client_of(sio, auth={"name": "n"})
    assert await client.rest() == ['2["hello"]', '2["room"]']
    assert await sio.get_session(client.sid) == {"name": "n"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (exceptions.ConnectionRefusedError(), {"message": "Connection rejected by server"}),
        (exceptions.ConnectionRefusedError("no"), {"message": "no"}),
        (exceptions.ConnectionRefusedError("no", {"a": 1}), {"message": "no", "data": {"a": 1}}),
        (exceptions.ConnectionRefusedError("no", 1, 2), {"message": "no", "data": [1, 2]}),
        (exceptions.ConnectionRefusedError(5), {"message": "5"}),
    ],
)
async def test_row_49_connection_refused_error(sio, client_of, error, told):
    @sio.event
    async def connect(sid, environ):
        raise error

    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError) as caught:
        await client.connect()
    assert json.loads(caught.value.args[0][1:]) == told


async def test_row_50_the_builtin_refuses_too(sio, client_of):
    @sio.event
    def connect(sid, environ):
        raise builtins.ConnectionRefusedError("secret detail")

    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError) as caught:
        await client.connect()
    assert json.loads(caught.value.args[0][1:]) == {"message": "Connection refused by server"}


async def test_row_51_disconnect_once_a_namespace_with_rooms_and_session(sio, client_of):
    seen = []

    @sio.event
    async def disconnect(sid, reason):
        await asyncio.sleep(0)
        seen.append((reason, sio.rooms(sid), await sio.get_session(sid)))

    sio.on("disconnect", lambda sid: seen.append("without reason"), namespace="/n")
    client = await client_of(sio)
    await client.connect("/n")
    await sio.enter_room(client.sid, "r")
    await sio.save_session(client.sid, {"a": 1})
    await client.lose()
    expected = (sio.reason.TRANSPORT_CLOSE, [client.sid, "r"], {"a": 1})
    assert sorted(map(str, seen)) == sorted(map(str, [expected, "without reason"]))
    assert sio.rooms(client.sid) == []
    with pytest.raises(KeyError):
        await sio.get_session(client.sid)


async def test_row_51_both_sides_at_once_are_one_disconnect(sio, client_of):
    seen = []
    sio.on("disconnect", lambda sid, reason: seen.append(reason))
    client = await client_of(sio)
    client.send("1")
    await sio.disconnect(client.sid)
    await client.lose()
    assert seen == [sio.reason.CLIENT_DISCONNECT]


async def test_row_51_a_refused_client_was_never_connected(sio, client_of):
    seen = []
    sio.on("connect", lambda sid, environ: False)
    sio.on("disconnect", lambda sid, reason: seen.append(reason))
    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError):
        await client.connect()
    await client.lose()
    assert seen == []


@pytest.mark.parametrize(
    "name", ["connect", "connect_error", "disconnect", "disconnecting", "newListener"]
)
async def test_row_52_reserved_names_never_reach_a_handler(sio, client_of, name):
    seen = []
    if name not in ("connect", "disconnect"):
        sio.on(name, lambda *args: seen.append(args))
    sio.on("*", lambda *args: seen.append(args))
    client = await client_of(sio)
    client.emit(name, "forged")
    await client.closed
    assert seen == []


@pytest.mark.parametrize(
    ("result", "acknowledged"),
    [(None, []), ((), []), ((1, 2), [1, 2]), ([1, 2], [[1, 2]]), ("x", ["x"]), (0, [0])],
)
async def test_row_53_the_return_value_is_the_acknowledgement(sio, client_of, result, acknowledged):
    sio.on("x", lambda sid: result)
    client = await client_of(sio)
    assert await client.ask("x") == acknowledged


async def test_row_53_id_0_is_acknowledged_and_no_id_is_not(sio, client_of):
    sio.on("x", lambda sid: 1)
    client = await client_of(sio)
    client.emit("x", ack=0)
    client.emit("x")
    assert await client.rest() == ["30[1]"]


async def test_row_53_bytes_in_an_acknowledgement(sio, client_of):
    sio.on("x", lambda sid: ("a", b"\x01"))
    client = await client_of(sio)
    client.emit("x", ack=3)
    assert await client.packet() == '61-3["a",{"_placeholder":true,"num":0}]'
    assert await client.packet() == b"\x01"


async def test_row_54_no_handler_no_acknowledgement(sio, client_of):
    sio.on("two arguments", lambda sid, a, b: 1)
    client = await client_of(sio)
    client.emit("unknown", ack=1)
    client.emit("two arguments", ack=2)
    assert await client.rest() == []


def test_row_55_register_namespace_wants_an_async_namespace(sio):
    sio.register_namespace(AsyncNamespace("/x"))
    for wrong in (AsyncNamespace, object(), "/x"):
        with pytest.raises(ValueError, match="AsyncNamespace"):
            sio.register_namespace(wrong)


class Chat(AsyncNamespace):
    def __init__(self, namespace=None):
        super().__init__(namespace)
        self.seen = []

    async def on_connect(self, sid, environ):
        self.seen.append("connect")

    def on_disconnect(self, sid):
        self.seen.append("disconnect")

    async def on_my_event(self, sid, data):
        await self.emit("my_response", data, to=sid)
        return "ok"


async def test_row_56_class_namespace(sio, client_of):
    chat = Chat("/chat")
    sio.register_namespace(chat)
    client = await client_of(sio)
    await client.connect("/chat")
    client.emit("my_event", {"a": 1}, ack=1, namespace="/chat")
    client.emit("unknown", ack=2, namespace="/chat")
    client.emit("my event", ack=3, namespace="/chat")
    assert await client.rest("/chat") == ['2/chat,["my_response",{"a":1}]', '3/chat,1["ok"]']
    client.send("1/chat,")
    await client.idle()
    assert chat.seen == ["connect", "disconnect"]
    assert AsyncNamespace().namespace == "/"


async def test_row_56_methods_have_the_namespace_as_default(sio, client_of):
    chat = Chat("/chat")
    sio.register_namespace(chat)
    client = await client_of(sio)
    sid = await client.connect("/chat")
    await chat.enter_room(sid, "r")
    assert chat.rooms(sid) == [sid, "r"]
    await chat.emit("a", room="r")
    await chat.send("b", to=sid)
    await chat.leave_room(sid, "r")
    await chat.enter_room(sid, "s")
    await chat.close_room("s")
    assert chat.rooms(sid) == [sid]
    await chat.save_session(sid, {"a": 1})
    assert await chat.get_session(sid) == {"a": 1}
    async with chat.session(sid) as session:
        session["b"] = 2
    assert await sio.get_session(sid, namespace="/chat") == {"a": 1, "b": 2}
    answer = asyncio.ensure_future(chat.call("c", to=sid))
    assert await client.packet() == '2/chat,["a"]'
    assert await client.packet() == '2/chat,["message","b"]'
    asked = await client.packet()
    client.send("3" + asked[1:].replace('["c"]', '["yes"]'))
    assert await answer == "yes"
    await chat.disconnect(sid)
    assert await client.packet() == "1/chat,"
    assert await client.rest() == [], "the other namespace goes on"


async def test_row_57_trigger_event_sees_everything(sio, client_of):
    seen = []

    class All(AsyncNamespace):
        async def trigger_event(self, event, *args):
            seen.append((event, len(args)))
            return await super().trigger_event(event, *args)

        def on_x(self, sid, data):
            return data

    sio.register_namespace(All("/n"))
    client = await client_of(sio)
    await client.connect("/n", auth={"a": 1})
    assert await client.ask("x", 5, namespace="/n") == [5]
    client.send("1/n,")
    await client.idle()
    assert seen == [("connect", 3), ("x", 2), ("disconnect", 2)]


async def test_row_58_class_for_any_namespace(sio, client_of):
    class Any(AsyncNamespace):
        def on_connect(self, namespace, sid, environ):
            seen.append(namespace)

        def on_x(self, namespace, sid, data):
            return [namespace, data]

    seen = []
    sio.register_namespace(Any("*"))
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("x", 1, namespace="/n") == [["/n", 1]]
    assert seen == ["/", "/n"]


async def test_row_59_a_function_beats_the_class(sio, client_of):
    sio.register_namespace(Chat("/chat"))
    sio.on("my_event", lambda sid, data: "function", namespace="/chat")
    client = await client_of(sio)
    await client.connect("/chat")
    assert await client.ask("my_event", 1, namespace="/chat") == ["function"]


def test_row_60_call_in_a_class_has_the_same_timeout():
    here = inspect.signature(AsyncNamespace.call).parameters["timeout"].default
    assert here == inspect.signature(AsyncServer.call).parameters["timeout"].default == 60


async def test_row_70_on_error(sio, client_of):
    seen = []

    @sio.on_error_default
    async def anywhere(error, event, sid, args):
        seen.append(("default", type(error).__name__, event, args))
        return "from the default"

    @sio.on_error(namespace="/n")
    def here(error, event, sid, args):
        seen.append(("/n", str(error), event, args))
        return "sorry"

    async def fails(sid, data):
        raise RuntimeError("broken")

    def fails_plainly(sid, data):
        raise RuntimeError("broken")

    sio.on("x", fails)
    sio.on("x", fails_plainly, namespace="/n")
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("x", 1) == ["from the default"]
    assert await client.ask("x", 2, namespace="/n") == ["sorry"]
    assert seen == [
        ("default", "RuntimeError", "x", [1]),
        ("/n", "broken", "x", [2]),
    ]


async def test_row_70_without_it_errors_are_logged_and_nothing_is_lost(sio, client_of, caplog):
    @sio.event
    def x(sid):
        raise RuntimeError("broken")

    @sio.event
    async def y(sid):
        raise RuntimeError("broken")

    sio.on("z", lambda sid: 1)
    client = await client_of(sio)
    client.emit("x", ack=1)
    client.emit("y", ack=2)
    assert await client.rest() == []
    assert await client.ask("z") == [1], "the connection goes on"
    # Not what asyncio says of tasks that other tests left.
    mine = [record for record in caplog.records if record.name != "asyncio"]
    errors = [record.message for record in mine if record.levelname == "ERROR"]
    assert errors == [
        "the handler of 'x' raised an exception",
        "the handler of 'y' raised an exception",
    ]


async def test_row_70_a_connect_handler_that_fails_refuses(sio, client_of, caplog):
    @sio.event
    async def connect(sid, environ):
        raise RuntimeError("broken")

    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError, match="rejected by server"):
        await client.connect()
    assert "broken" in caplog.text


@pytest.mark.parametrize("kind", ["function", "class"])
async def test_row_48_a_connect_handler_that_cannot_be_called_refuses(sio, client_of, caplog, kind):
    class Strict(AsyncNamespace):
        def on_connect(self, sid, environ, auth, more, most):
            raise AssertionError

    if kind == "class":
        sio.register_namespace(Strict("/"))
    else:
        sio.on("connect", lambda sid, environ, auth, more, most: None)
    sio.logger.setLevel("WARNING")
    client = await client_of(sio, connect=False)
    with pytest.raises(ConnectionError, match="rejected by server"):
        await client.connect(auth={"a": 1})
    assert "cannot be called with 3 arguments" in caplog.text


@pytest.mark.parametrize("async_handlers", [True, False])
async def test_a_handler_without_parameters_gets_none(client_of, async_handlers):
    sio = AsyncServer(async_handlers=async_handlers, namespaces="*")
    sio.on("x", lambda: "plain")
    sio.on("x", lambda: "any", namespace="*")
    client = await client_of(sio)
    await client.connect("/n")
    assert await client.ask("x") == ["plain"]
    assert await client.ask("x", 1, 2) == ["plain"]
    assert await client.ask("x", 1, namespace="/n") == ["any"]
