"""Every WSGI example of the documentation, run through `import socketio`.

What has coroutines in `documented/` has its twin in `documented/wsgi/`; the other
examples are the same for both servers. Excerpts are served by werkzeug in
threads, whole programs run as processes of their own.
"""

import asyncio
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import socketio
from tests.support.components import require
from tests.support.documented import (
    DOCUMENTED,
    check_static_file,
    each_static_file,
    not_named,
    run_documented,
)
from tests.support.inprocess import serving_wsgi
from tests.support.ports import free_port
from tests.support.raw import Client, Polling, Socket, http_client
from tests.support.servers import ROOT, Served, answers

pytest_plugins = ["tests.support.serving", "tests.support.static_site"]

WSGI = DOCUMENTED / "wsgi"


def run(example: str, **names: Any) -> dict[str, Any]:
    """Run one example in a namespace with `names`; return what the namespace then holds."""
    return run_documented(example, WSGI, DOCUMENTED, **names)


class Notes(list[Any]):
    """A list that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._noted = threading.Condition()

    def append(self, value: Any) -> None:
        with self._noted:
            super().append(value)
            self._noted.notify_all()

    async def reach(self, count: int) -> list[Any]:
        """Wait until there are `count` notes. Returns them all."""
        await asyncio.to_thread(self._wait, count)
        return list(self)

    def _wait(self, count: int) -> None:
        with self._noted:
            assert self._noted.wait_for(lambda: len(self) >= count, 30), self


@pytest.fixture
def start() -> Iterator[Callable[[Any], Served]]:
    """`start(app)`: the address of an application that is served until the test ends."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving_wsgi(app))


class Program:
    """A server with examples in it; `seen` is what their handlers noted."""

    def __init__(self, start: Callable[[Any], Served], **options: Any) -> None:
        self.sio = socketio.Server(async_mode="threading", **options)
        self.seen = Notes()
        self._start = start

    def add(self, example: str, **names: Any) -> dict[str, Any]:
        return run(example, sio=self.sio, eio=self.sio, seen=self.seen, **names)

    def serve(self) -> Served:
        return self._start(socketio.WSGIApp(self.sio))


@pytest.fixture
def program(start: Callable[[Any], Served]) -> Program:
    return Program(start)


def other_app(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"the other application"]


def test_every_example_is_run_here() -> None:
    assert not not_named(WSGI, __file__)


# Instances ------------------------------------------------------------------


@pytest.mark.parametrize("example", ["instance", "instance_middleware"])
@pytest.mark.filterwarnings("ignore:Middleware is now called WSGIApp:DeprecationWarning")
async def test_instances(start: Callable[[Any], Served], example: str) -> None:
    served = start(run(example, other_app=other_app)["app"])
    for kind in (Polling, Socket):
        async with kind(served) as client:
            assert await client.join()
    async with http_client(served) as http:
        assert (await http.get("/anything")).text == "the other application"


def test_the_old_name_says_so() -> None:
    with pytest.warns(DeprecationWarning, match="WSGIApp"):
        run("instance_middleware", other_app=other_app)


async def test_a_server_without_a_wrapper(start: Callable[[Any], Served]) -> None:
    served = start(run("handle_request")["app"])
    for kind in (Polling, Socket):
        async with kind(served, "/any/path") as client:
            assert await client.join()


async def test_logging(start: Callable[[Any], Served], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "socketio.server")
    namespace = run("logging_on")
    async with Socket(start(namespace["app"])) as client:
        await client.join()
        assert " connected to " in caplog.text
    assert namespace["sio"].logger.name == "socketio.server"


async def test_client_manager(start: Callable[[Any], Served]) -> None:
    namespace = run("manager")
    assert namespace["sio"].manager is namespace["mgr"]
    async with Socket(start(namespace["app"])) as client:
        sid = await client.join()
        assert namespace["mgr"].is_connected(sid, "/")


@pytest.mark.parametrize(
    ("example", "name"),
    [
        ("redis_manager", "RedisManager"),
        ("kombu_manager", "KombuManager"),
        ("kafka_manager", "KafkaManager"),
    ],
)
def test_managers_for_message_queues_are_made(example: str, name: str) -> None:
    namespace = run(example)
    assert namespace["sio"].manager is namespace["mgr"]
    assert type(namespace["mgr"]).__name__ == name


def test_a_process_without_clients_emits(monkeypatch: pytest.MonkeyPatch) -> None:
    kombu_manager: Any = vars(importlib.import_module("sio_kombu"))["KombuManager"]

    def in_memory(url: str, **options: Any) -> Any:
        return kombu_manager("memory://", **options)

    heard = in_memory("")._make_broker()
    heard.connect()
    monkeypatch.setattr(socketio, "KombuManager", in_memory)
    run("external_manager")
    found: list[Any] = []
    while len(found) < 2:  # the first says that it listens
        found += heard.receive()
    heard.close()
    message = json.loads(found[1][1])
    assert (message["event"], message["data"]) == ("my event", [{"foo": "bar"}])
    assert message["room"] == "my room"


# Static files ---------------------------------------------------------------


@each_static_file
async def test_static_files(
    site: Path, start: Callable[[Any], Served], mapping: str, url: str, body: Any, kind: Any
) -> None:
    static_files = run("static_mappings")[mapping]
    served = start(run("static_files", static_files=static_files)["app"])
    async with http_client(served) as http:
        answer = await http.get(url)
    check_static_file(answer, body, kind)
    async with Socket(served) as client:
        assert await client.join()


# Handlers -------------------------------------------------------------------


async def test_event_handlers(program: Program) -> None:
    program.add("handlers_plain")
    async with Socket(program.serve()) as client:
        await client.join()
        assert await client.ask("my_event", {"a": 1}) == []
        assert await client.ask("my custom event", b"bytes") == []
    assert program.seen == [("my_event", {"a": 1}), ("my custom event", b"bytes")]


async def test_a_handler_without_parameters(program: Program) -> None:
    program.add("handler_without_parameters")
    async with Socket(program.serve()) as client:
        await client.join()
        await client.emit("my custom event", "ignored")
        assert await client.event() == ["my reply"]


async def test_registration_as_a_method(program: Program) -> None:
    namespace = program.add("handlers_registered", refused_addresses=["203.0.113.1"])
    async with Socket(program.serve()) as client:
        await client.join("/chat")
        await client.send('42/chat,["message","hello"]')
        assert await client.receive() == '42/chat,["message","response"]'
        assert program.seen == ["hello"]
        namespace["refused_addresses"].append("127.0.0.1")
        async with Socket(client.served) as other:
            await other.send("40/chat,")
            assert await other.receive() == '44/chat,{"message":"Connection rejected by server"}'


async def test_event_decorator_with_a_namespace(program: Program) -> None:
    program.add("event_namespace")
    async with Socket(program.serve()) as client:
        await client.join()
        await client.join("/test")
        assert await client.ask("my_event") == []
        for packet, answer in (('1["my_event",5]', "1[]"), ('2["my custom event",6]', "2[]")):
            await client.send(f"42/test,{packet}")
            assert await client.receive() == f"43/test,{answer}"
    assert program.seen == ["default", ("/test", 5), ("/test", 6)]


async def test_catch_all_events(program: Program) -> None:
    program.add("catch_all_events_plain")
    async with Socket(program.serve()) as client:
        sid = await client.join()
        await asyncio.to_thread(program.sio.disconnect, sid)
        await client.receive()
        await client.join()
        assert await client.ask("whatever it is", 1) == []
    assert program.seen == [("whatever it is", 1)], "connect and disconnect are not among them"


@pytest.mark.parametrize(
    ("example", "noted"),
    [
        ("catch_all_namespaces", ("/one", {"a": 1})),
        ("catch_all_both", ("my_event", "/one", {"a": 1})),
    ],
)
async def test_catch_all_namespaces(
    start: Callable[[Any], Served], example: str, noted: Any
) -> None:
    program = Program(start, namespaces="*")
    program.add(example)
    async with Socket(program.serve()) as client:
        await client.join("/one")
        await client.send('42/one,1["my_event",{"a":1}]')
        assert await client.receive() == "43/one,1[]"
    assert program.seen == [noted]


@pytest.mark.parametrize("auth", [None, {"token": "t"}])
async def test_connect_and_disconnect(program: Program, auth: Any) -> None:
    program.add("connect_and_disconnect")
    async with Socket(program.serve()) as client:
        await client.join(auth=auth)
        await client.send("41")
        assert await program.seen.reach(2) == [("connect", auth), "disconnect"]


async def test_connect_without_auth(program: Program) -> None:
    program.add("connect_without_auth")
    async with Socket(program.serve()) as client:
        sid = await client.join(auth={"token": "t"})
        await asyncio.to_thread(program.sio.disconnect, sid)
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
    async with Socket(program.serve()) as client:
        sid = await client.join()
        if leave == "client":
            await client.send("41")
        elif leave == "server":
            await asyncio.to_thread(program.sio.disconnect, sid)
        else:
            await client.aclose()
        assert await program.seen.reach(1) == [noted]


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("refuse_with_false", '{"message":"Connection rejected by server"}'),
        ("refuse_with_builtin", '{"message":"Connection refused by server"}'),
        ("refuse_with_exception", '{"message":"authentication failed","data":{"code":7}}'),
        ("refuse_with_qualified_name", '{"message":"authentication failed"}'),
    ],
)
async def test_refusals(program: Program, example: str, told: str) -> None:
    program.add(example)
    async with Socket(program.serve()) as client:
        await client.send('40{"token":"t"}')
        assert await client.receive() == f"44{told}"


# Emitting -------------------------------------------------------------------


async def test_emit_from_anywhere(program: Program) -> None:
    async with Socket(program.serve()) as client:
        sid = await client.join()
        await asyncio.to_thread(program.add("emit_from_anywhere", user_sid=sid)["main"])
        assert await client.event() == ["my event", {"data": "foobar"}]
        assert await client.event() == ["my event", {"data": "only you"}]
        assert await client.event() == ["my event", {"data": "only you"}]
        assert await client.event() == ["my event", "two", b"values"]
        assert await client.event() == ["message", "a message"]


async def test_acknowledgements(program: Program) -> None:
    program.add("acknowledge")
    async with Socket(program.serve()) as client:
        await client.join()
        await client.join("/chat")
        assert await client.ask("my_event", 1) == ["OK", 123]
        assert await client.ask("one value", [1]) == [{"received": [1]}]
        await client.send('42/chat,5["my event",1]')
        assert await client.receive() == '43/chat,5["OK",123]'


async def test_callbacks(program: Program) -> None:
    async with Socket(program.serve()) as client:
        sid = await client.join()
        await asyncio.to_thread(program.add("callback", user_sid=sid)["main"])
        assert await client.receive() == '421["my event",{"data":"foobar"}]'
        await client.send('431["OK",123]')
        assert await program.seen.reach(1) == [("OK", 123)]


async def test_call(program: Program) -> None:
    async with Socket(program.serve()) as client:
        sid = await client.join()
        main = program.add("call", user_sid=sid)["main"]
        answer = asyncio.ensure_future(asyncio.to_thread(main))
        assert await client.receive() == '421["my event",{"data":"foobar"}]'
        await client.send('431["yes"]')
        assert await answer == ("yes", "timed out")


# Class-based namespaces -----------------------------------------------------


async def test_class_namespace(program: Program) -> None:
    program.add("class_namespace")
    async with Socket(program.serve()) as client:
        await client.join("/test")
        await client.send('42/test,["no such event"]', '42/test,["my_event",{"a":1}]')
        assert await client.receive() == '42/test,["my_response",{"a":1}]'
        await client.send("41/test,")
        assert await program.seen.reach(2) == ["connect", "disconnect"]


async def test_a_function_comes_before_a_method(program: Program) -> None:
    program.add("class_namespace_and_function")
    async with Socket(program.serve()) as client:
        await client.join("/test")
        for number, event in enumerate(("my_event", "other_event")):
            await client.send(f'42/test,{number}["{event}",5]')
            assert await client.receive() == f"43/test,{number}[]"
    assert program.seen == [("function", 5), ("method", 5)]


# Rooms, sessions, tasks -----------------------------------------------------


async def test_rooms(program: Program) -> None:
    program.add("rooms")
    served = program.serve()
    async with Socket(served) as one, Socket(served) as two:
        sids = [await client.join() for client in (one, two)]
        for client in (one, two):
            await client.ask("begin_chat")
        await one.emit("my_message", "to the others")
        assert await two.event() == ["my reply", "to the others"]
        await two.ask("exit_chat")
        await one.ask("my_message", "nobody there")
        await two.ask("enter room", {"room": "my room"})
        assert program.sio.rooms(sids[1]) == [sids[1], "my room"]
        await one.ask("my message", "to the room")
        assert await two.event() == ["my reply", "to the room"]
        await two.ask("leave room", {"room": "my room"})
        await one.ask("close room", {"room": "chat_users"})
        assert [program.sio.rooms(sid) for sid in sids] == [[sid] for sid in sids]


def authenticate_user(environ: dict[str, Any]) -> str:
    user: str = environ.get("HTTP_X_USER", "")
    return user


@pytest.mark.parametrize("example", ["sessions", "session_context"])
async def test_sessions(program: Program, example: str) -> None:
    program.add(example, authenticate_user=authenticate_user)
    served = program.serve()
    async with Socket(served, headers={"X-User": "ada"}) as client:
        sid = await client.join()
        await client.ask("message", "hello")
        assert program.sio.get_session(sid) == {"username": "ada"}
    assert program.seen == [("message from ", "ada")]
    if example == "session_context":
        async with Socket(served) as client:
            await client.send("40")
            assert await client.receive() == '44{"message":"Connection rejected by server"}'


async def test_background_tasks(program: Program) -> None:
    await asyncio.to_thread(program.add("background_task")["main"])
    assert program.seen == [123]


# Whole programs, and what the guides start from a command line -----------------------------

PROGRAMS = {
    "program_eventlet_static": ("eventlet", "the page"),
    "program_eventlet_flask": ("eventlet", "the template"),
    "program_eventlet": ("eventlet", "Not Found"),
    "program_gevent": ("gevent", "Not Found"),
    "program_gevent_websocket": ("gevent", "Not Found"),
    "program_flask": ("flask", "the template"),
    "program_flask_middleware": ("flask", "the template"),
}
COMMANDS = {
    "gunicorn": "deployed_threads",
    "gunicorn-gevent": "deployed_gevent",
    "gunicorn-gevent-websocket": "deployed_gevent",
    "uwsgi": "deployed_uwsgi",
}


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[Callable[[str, str], Served]]:
    """`start_program(name, library)`: a program in a folder of its own, on another port."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "index.html").write_text("the template")
    (tmp_path / "index.html").write_text("the page")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path}
    output = tmp_path / "output.log"
    started: list[Served] = []

    def begin(name: str, library: str) -> Served:
        file = shutil.copy(WSGI / f"{name}.py", tmp_path)
        python = sys.executable
        if importlib.util.find_spec(library) is None:
            python = require("greenlets")
        for _ in range(3):  # another process may take the free port first
            port = free_port()
            command = [python, "-m", "tests.support.moved_program", library, str(port), file]
            with output.open("wb") as log:
                process = subprocess.Popen(
                    command,
                    cwd=tmp_path,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            started.append(Served(process, port, output))
            if answers(started[-1]):
                return started[-1]
        pytest.fail(f"{name} did not start:\n{started[-1].log()}", pytrace=False)

    yield begin
    for served in started:
        served.stop()
    started[-1].check()


async def talks(client: Client) -> None:
    """Connect, and get an answer."""
    await client.join()
    assert await client.ask("my_message", "hello") == ["hello"]
    assert await client.ask("my_message", b"bytes") == [b"bytes"]


@pytest.mark.parametrize("name", PROGRAMS)
async def test_whole_programs(start_program: Callable[[str, str], Served], name: str) -> None:
    library, page = PROGRAMS[name]
    served = start_program(name, library)
    async with Polling(served) as polling, Socket(served) as socket, http_client(served) as http:
        await talks(polling)
        await talks(socket)
        assert (await http.get("/")).text == page


@pytest.mark.parametrize("server", COMMANDS)
async def test_what_is_started_from_a_command_line(
    serve: Callable[..., Served], server: str
) -> None:
    served = serve(server, f"tests.documented.wsgi.{COMMANDS[server]}:app")
    async with Polling(served) as polling, Socket(served) as socket:
        await talks(polling)
        await talks(socket)


# The other way round ----------------------------------------------------------


def test_the_examples_are_valid_for_their_peer(peer_python: str) -> None:
    """What is called documented here must at least be accepted by python-socketio itself."""
    code = (
        "import sys, socketio\n"
        "for path in sys.argv[1:]:\n"
        "    names = {'socketio': socketio, 'seen': [], 'static_files': {}, 'other_app': None,\n"
        "             'user_sid': 'x', 'authenticate_user': len, 'refused_addresses': []}\n"
        "    names['sio'] = names['eio'] = socketio.Server(async_mode='threading')\n"
        "    exec(compile(open(path).read(), path, 'exec'), names)\n"
    )
    elsewhere = ("program_", "deployed_gevent", "deployed_uwsgi")  # it has no greenlets
    paths = [
        str(path)
        for path in WSGI.glob("*.py")
        if not path.stem.startswith(elsewhere) and not path.stem.endswith("_manager")
    ]
    done = subprocess.run(
        [peer_python, "-c", code, *paths], capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 0, done.stderr
