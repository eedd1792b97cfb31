"""Every asyncio and ASGI example of the documentation, run through `import socketio`.

The examples are the files of `documented/`, as excerpts: a test gives each the
names that its text assumes (`sio`, `other_app`, ...), serves the result under uvicorn and
talks to it.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

import socketio
from tests.support.documented import (
    DOCUMENTED,
    check_static_file,
    each_static_file,
    not_named,
    run_documented,
)
from tests.support.inprocess import serving
from tests.support.raw import Polling, Socket, http_client
from tests.support.servers import Served

pytest_plugins = ["tests.support.serving", "tests.support.static_site"]

WHOLE = "whole_server"


def run(example: str, **names: Any) -> dict[str, Any]:
    """Run one example in a namespace with `names`; return what the namespace then holds."""
    return run_documented(example, DOCUMENTED, **names)


@pytest.fixture
async def start() -> AsyncIterator[Callable[..., Any]]:
    """`await start(app)`: the address of an application that is served until the test ends."""
    async with AsyncExitStack() as stack:

        async def begin(app: Any) -> Served:
            return await stack.enter_async_context(serving(app))

        yield begin


class Program:
    """A server with examples in it; `seen` is what their handlers noted."""

    def __init__(self, start: Callable[..., Any], **options: Any) -> None:
        self.sio = socketio.AsyncServer(async_mode="asgi", **options)
        self.seen: list[Any] = []
        self._start = start
        self.namespace: dict[str, Any] = {}

    def add(self, example: str, **names: Any) -> dict[str, Any]:
        self.namespace = run(example, sio=self.sio, seen=self.seen, **names)
        return self.namespace

    async def serve(self) -> Served:
        served: Served = await self._start(socketio.ASGIApp(self.sio))
        return served

    async def all_done(self) -> None:
        """Wait until no handler runs."""
        async with asyncio.timeout(30):
            while tasks := self.sio._dispatcher.tasks():
                await asyncio.wait(tasks)


@pytest.fixture
def program(start: Callable[..., Any]) -> Program:
    return Program(start)


async def refusal(client: Socket, auth: Any = None) -> Any:
    """Ask for `/` and return what the refused client is told."""
    await client.send("40" + ("" if auth is None else json.dumps(auth)))
    answer = await client.receive()
    assert isinstance(answer, str)
    assert answer.startswith("44"), answer
    return json.loads(answer[2:])


def test_every_example_is_run_here() -> None:
    assert not not_named(DOCUMENTED, __file__)


# Instances ------------------------------------------------------------------


async def other_app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"the other application"})


async def test_instances(start: Callable[..., Any]) -> None:
    served = await start(run("instance", other_app=other_app)["app"])
    async with Socket(served) as client:
        assert await client.join()
    async with http_client(served) as http:
        assert (await http.get("/anything")).text == "the other application"


async def test_logging(start: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "socketio.server")
    namespace = run("logging_on")
    served = await start(namespace["app"])
    async with Socket(served) as client:
        await client.join()
        assert " connected to " in caplog.text
    assert namespace["sio"].logger.name == "socketio.server"


async def test_client_manager(start: Callable[..., Any]) -> None:
    namespace = run("manager")
    served = await start(namespace["app"])
    assert namespace["sio"].manager is namespace["mgr"]
    async with Socket(served) as client:
        sid = await client.join()
        assert namespace["mgr"].is_connected(sid, "/")


@pytest.mark.parametrize(
    ("example", "name"),
    [("redis_manager", "AsyncRedisManager"), ("aio_pika_manager", "AsyncAioPikaManager")],
)
def test_managers_for_message_queues_are_made(example: str, name: str) -> None:
    namespace = run(example)
    assert namespace["sio"].manager is namespace["mgr"]
    assert type(namespace["mgr"]).__name__ == name


def test_the_admin_interface_is_that_of_the_documentation() -> None:
    for sio, module, kind in (
        (socketio.AsyncServer(), socketio.async_admin, "InstrumentedAsyncServer"),
        (socketio.Server(async_mode="threading"), socketio.admin, "InstrumentedServer"),
    ):
        made = sio.instrument(auth={"username": "admin", "password": "secret"})
        assert type(made) is getattr(module, kind)
        assert isinstance(made.event_buffer, module.EventBuffer)
        with pytest.raises(ValueError, match="auth must be specified"):
            sio.instrument(namespace="/other")


async def test_a_whole_program_in_a_process_of_its_own(serve: Callable[..., Served]) -> None:
    served = serve("uvicorn", f"tests.documented.{WHOLE}:app")
    for kind in (Polling, Socket):
        async with kind(served) as client:
            await client.join("/")
            await client.join("/chat")
            await client.send('42/chat,["chat message",{"text":"hello"}]')
            assert await client.receive() == '42/chat,["reply"]'


@pytest.mark.parametrize("path", ["/socket.io", "/socket.io/"])
async def test_row_28_the_path_with_and_without_a_slash(program: Program, path: str) -> None:
    served = await program.serve()
    for kind in (Polling, Socket):
        async with kind(served, path) as client:
            assert await client.join()
            await client.send("1")  # who goes without a word is waited for at the end


async def test_row_103_the_environ_tells_the_truth(program: Program) -> None:
    environs: list[dict[str, Any]] = []
    program.sio.on("connect", lambda sid, environ: environs.append(environ))
    served = await program.serve()
    async with Socket(served, headers={"X-Forwarded-For": "203.0.113.9"}) as client:
        await client.join()
    (environ,) = environs
    assert environ["REMOTE_ADDR"] == "127.0.0.1", "no proxy is trusted unless it is named"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["SERVER_PORT"] == str(served.port)
    assert environ["QUERY_STRING"].startswith("EIO=4")
    assert environ["asgi.scope"]["type"] == "websocket"


# Static files ---------------------------------------------------------------


@each_static_file
async def test_static_files(
    site: Path, start: Callable[..., Any], mapping: str, url: str, body: Any, kind: Any
) -> None:
    static_files = run("static_mappings")[mapping]
    served = await start(run("static_files", static_files=static_files)["app"])
    async with http_client(served) as http:
        answer = await http.get(url)
    check_static_file(answer, body, kind)
    async with Socket(served) as client:
        assert await client.join()


# Handlers -------------------------------------------------------------------


@pytest.mark.parametrize("example", ["handlers_plain", "handlers_coroutines"])
async def test_event_handlers(program: Program, example: str) -> None:
    program.add(example)
    async with Socket(await program.serve()) as client:
        await client.join()
        assert await client.ask("my_event", {"a": 1}) == []
        assert await client.ask("my custom event", b"bytes") == []
    assert program.seen == [("my_event", {"a": 1}), ("my custom event", b"bytes")]


async def test_a_handler_without_parameters(program: Program) -> None:
    program.add("handler_without_parameters")
    async with Socket(await program.serve()) as client:
        await client.join()
        await client.emit("my custom event", "ignored")
        assert await client.event() == ["my reply"]


async def test_registration_as_a_method(program: Program) -> None:
    namespace = program.add("handlers_registered", refused_addresses=["203.0.113.1"])
    async with Socket(await program.serve()) as client:
        await client.join("/chat")
        await client.send('42/chat,["message","hello"]')
        assert await client.receive() == '42/chat,["message","response"]'
        assert program.seen == ["hello"]
        namespace["refused_addresses"].append("127.0.0.1")
        async with Socket(client.served) as other:
            await other.send("40/chat,")
            answer = await other.receive()
            assert answer == '44/chat,{"message":"Connection rejected by server"}'


async def test_event_decorator_with_a_namespace(program: Program) -> None:
    program.add("event_namespace")
    async with Socket(await program.serve()) as client:
        await client.join()
        await client.join("/test")
        assert await client.ask("my_event") == []
        await client.send('42/test,1["my_event",5]', '42/test,2["my custom event",6]')
        assert {await client.receive(), await client.receive()} == {"43/test,1[]", "43/test,2[]"}
    assert program.seen == ["default", ("/test", 5), ("/test", 6)]


@pytest.mark.parametrize("example", ["catch_all_events", "catch_all_events_plain"])
async def test_catch_all_events(program: Program, example: str) -> None:
    program.add(example)
    async with Socket(await program.serve()) as client:
        await client.join()
        assert await client.ask("whatever it is", 1) == []
    await program.all_done()
    assert program.seen == [("whatever it is", 1)], "connect and disconnect are not among them"


@pytest.mark.parametrize(
    ("example", "noted"),
    [
        ("catch_all_namespaces", ("/one", {"a": 1})),
        ("catch_all_both", ("my_event", "/one", {"a": 1})),
    ],
)
async def test_catch_all_namespaces(start: Callable[..., Any], example: str, noted: Any) -> None:
    program = Program(start, namespaces="*")
    program.add(example)
    async with Socket(await program.serve()) as client:
        await client.join("/one")
        await client.send('42/one,1["my_event",{"a":1}]')
        assert await client.receive() == "43/one,1[]"
    assert program.seen == [noted]


@pytest.mark.parametrize("auth", [None, {"token": "t"}])
async def test_connect_and_disconnect(program: Program, auth: Any) -> None:
    program.add("connect_and_disconnect")
    async with Socket(await program.serve()) as client:
        await client.join(auth=auth)
        await client.send("41")
        await client.aclose()
    await program.all_done()
    assert program.seen == [("connect", auth), "disconnect"]


async def test_connect_without_auth(program: Program) -> None:
    program.add("connect_without_auth")
    async with Socket(await program.serve()) as client:
        sid = await client.join(auth={"token": "t"})
        await program.sio.disconnect(sid)
    assert program.seen == ["GET", "server disconnect"]


@pytest.mark.parametrize(
    ("leave", "noted"),
    [
        ("client", "the client disconnected"),
        ("server", "the server disconnected the client"),
        ("connection", "other: transport close"),
    ],
)
async def test_disconnect_reasons(program: Program, leave: str, noted: str) -> None:
    program.add("disconnect_reasons")
    heard = asyncio.Event()
    program.seen = notes = Notes(heard)
    program.namespace["seen"] = notes
    async with Socket(await program.serve()) as client:
        sid = await client.join()
        if leave == "client":
            await client.send("41")
        elif leave == "server":
            await program.sio.disconnect(sid)
        else:
            await client.aclose()
        async with asyncio.timeout(30):
            await heard.wait()
    assert notes == [noted]


class Notes(list[Any]):
    """A list that says when something was noted."""

    def __init__(self, heard: asyncio.Event) -> None:
        super().__init__()
        self._heard = heard

    def append(self, value: Any) -> None:
        super().append(value)
        self._heard.set()


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("refuse_with_false", {"message": "Connection rejected by server"}),
        ("refuse_with_builtin", {"message": "Connection refused by server"}),
        ("refuse_with_exception", {"message": "authentication failed", "data": {"code": 7}}),
        ("refuse_with_qualified_name", {"message": "authentication failed"}),
    ],
)
async def test_refusals(program: Program, example: str, told: Any) -> None:
    program.add(example)
    async with Socket(await program.serve()) as client:
        assert await refusal(client, {"token": "t"}) == told


# Emitting -------------------------------------------------------------------


async def test_emit_from_anywhere(program: Program) -> None:
    async with Socket(await program.serve()) as client:
        sid = await client.join()
        await program.add("emit_from_anywhere", user_sid=sid)["main"]()
        assert await client.event() == ["my event", {"data": "foobar"}]
        assert await client.event() == ["my event", {"data": "only you"}]
        assert await client.event() == ["my event", {"data": "only you"}]
        assert await client.event() == ["my event", "two", b"values"]
        assert await client.event() == ["message", "a message"]


async def test_acknowledgements(program: Program) -> None:
    program.add("acknowledge")
    async with Socket(await program.serve()) as client:
        await client.join()
        await client.join("/chat")
        assert await client.ask("my_event", 1) == ["OK", 123]
        assert await client.ask("one value", [1]) == [{"received": [1]}]
        await client.send('42/chat,5["my event",1]')
        assert await client.receive() == '43/chat,5["OK",123]'


async def test_callbacks(program: Program) -> None:
    async with Socket(await program.serve()) as client:
        sid = await client.join()
        await program.add("callback", user_sid=sid)["main"]()
        packet = await client.receive()
        assert packet == '421["my event",{"data":"foobar"}]'
        await client.send('431["OK",123]')
        program.sio.on("fence", lambda sid: None)
        await client.ask("fence")
    assert program.seen == [("OK", 123)]


async def test_call(program: Program) -> None:
    async with Socket(await program.serve()) as client:
        sid = await client.join()
        answer = asyncio.ensure_future(program.add("call", user_sid=sid)["main"]())
        assert await client.receive() == '421["my event",{"data":"foobar"}]'
        await client.send('431["yes"]')
        assert await answer == ("yes", "timed out")


# Class-based namespaces -----------------------------------------------------


async def test_class_namespace(program: Program) -> None:
    program.add("class_namespace")
    async with Socket(await program.serve()) as client:
        await client.join("/test")
        await client.send('42/test,["no such event"]', '42/test,["my_event",{"a":1}]')
        assert await client.receive() == '42/test,["my_response",{"a":1}]'
        await client.send("41/test,")
        await client.aclose()
    await program.all_done()
    assert program.seen == ["connect", "disconnect"]


async def test_class_namespace_with_todays_signatures(program: Program) -> None:
    program.add("class_namespace_reason")
    async with Socket(await program.serve()) as client:
        await client.join("/test", auth={"token": "t"})
        await client.send('42/test,["my_event",5]')
        assert await client.receive() == '42/test,["my_response",5]'
        await client.send("41/test,")
        await client.aclose()
    await program.all_done()
    assert program.seen == [{"token": "t"}, True]


async def test_class_namespace_for_any(start: Callable[..., Any]) -> None:
    program = Program(start, namespaces="*")
    program.add("class_namespace_any")
    async with Socket(await program.serve()) as client:
        await client.join("/one")
        await client.send('42/one,1["my_event",5]')
        assert await client.receive() == "43/one,1[]"
    assert program.seen == [("/one", 5)]


# Rooms, sessions, tasks -----------------------------------------------------


async def test_rooms(program: Program) -> None:
    program.add("rooms")
    served = await program.serve()
    async with Socket(served) as one, Socket(served) as two:
        sids = [await client.join() for client in (one, two)]
        for client in (one, two):
            await client.ask("begin_chat")
        await one.emit("my_message", "to the others")
        assert await two.event() == ["my reply", "to the others"]
        await two.ask("exit_chat")
        await one.ask("my_message", "nobody there")
        await two.ask("enter room", {"room": "other room"})
        assert program.sio.rooms(sids[1]) == [sids[1], "other room"]
        await two.ask("leave room", {"room": "other room"})
        await one.ask("close room", {"room": "chat_users"})
        assert [program.sio.rooms(sid) for sid in sids] == [[sid] for sid in sids]


def authenticate_user(environ: dict[str, Any]) -> str:
    user: str = environ.get("HTTP_X_USER", "")
    return user


async def test_sessions(program: Program) -> None:
    program.add("sessions", authenticate_user=authenticate_user)
    async with Socket(await program.serve(), headers={"X-User": "ada"}) as client:
        sid = await client.join()
        await client.ask("message", "hello")
        assert await program.sio.get_session(sid) == {"username": "ada"}
    assert program.seen == [("message from ", "ada")]


async def test_session_contexts(program: Program) -> None:
    program.add("session_context", eio=program.sio, authenticate_user=authenticate_user)
    served = await program.serve()
    async with Socket(served, headers={"X-User": "ada"}) as client:
        await client.join()
        await client.ask("message", "hello")
    async with Socket(served) as client:
        assert await refusal(client) == {"message": "Connection rejected by server"}
    assert program.seen == [("received message from ", "ada")]


async def test_background_tasks(program: Program) -> None:
    task = await program.add("background_task")["main"]()
    assert isinstance(task, asyncio.Task)
    assert program.seen == [123]


# The other way round ----------------------------------------------------------


def test_the_examples_are_valid_for_their_peer(peer_python: str) -> None:
    """What is called documented here must at least be accepted by python-socketio itself."""
    import subprocess

    code = (
        "import sys, socketio\n"
        "for path in sys.argv[1:]:\n"
        "    names = {'socketio': socketio, 'seen': [], 'static_files': {}, 'other_app': None,\n"
        "             'user_sid': 'x', 'authenticate_user': len, 'refused_addresses': []}\n"
        "    names['sio'] = names['eio'] = socketio.AsyncServer(async_mode='asgi')\n"
        "    exec(compile(open(path).read(), path, 'exec'), names)\n"
    )
    paths = [str(path) for path in DOCUMENTED.glob("*.py") if not path.stem.endswith("_manager")]
    done = subprocess.run(
        [peer_python, "-c", code, *paths], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
