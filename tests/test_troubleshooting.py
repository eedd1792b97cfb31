"""Every message that docs/troubleshooting.md quotes is one that a user does see.

Most are provoked here, in memory in both colours, by the JavaScript client, by a Python client or
by a browser. The rest is looked up in the source of whoever writes it.
"""

import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sio_client import Client as PythonClient
from sio_core.cluster import Publication
from sio_kombu import KombuManager
from sio_redis import AsyncRedisManager, RedisManager
from sio_server import AsyncManager, Manager
from sio_server.managers.cluster import runner
from tests.support import colours
from tests.support.components import require
from tests.support.memory_broker import AsyncMemoryManager, Bus, MemoryManager
from tests.support.messages import Scene, codes, is_in_the_source, matches
from tests.support.node import Node
from tests.support.ports import free_port
from tests.support.servers import PATIENCE, Served

pytest_plugins = ["tests.support.scenes", "tests.support.serving"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"
ECHO = "tests.apps.echo:app"
Serve = Callable[..., Served]


# The page ------------------------------------------------------------------------


def quoted() -> list[str]:
    """What stands in the columns "message" and "answer" of the page's tables, as code."""
    found = []
    names: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|"):
            names = []
        elif not names:
            names = cells
        elif not line.startswith("|---"):
            for name, cell in zip(names, cells, strict=False):
                if name.strip() in ("message", "answer"):
                    found += codes(cell)
    return found


MESSAGES = quoted()


def expect(texts: list[str], *messages: str) -> None:
    """The page has each of `messages`, and a user has just seen it."""
    for message in messages:
        assert message in MESSAGES, "the page does not have it"
        assert any(matches(message, text) for text in texts), (message, texts)


def test_the_page_has_messages() -> None:
    assert len(MESSAGES) == len(set(MESSAGES)) > 70


# Looked up -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def javascript(node: Node) -> str:
    """The source of the JavaScript client."""
    modules = node.directory / "node_modules"
    folders = ("engine.io-client/build/cjs", "socket.io-client/build/cjs")
    return "\n".join(
        path.read_text() for name in folders for path in sorted((modules / name).rglob("*.js"))
    )


PROVOKED: set[str] = set()
"""Messages that a test below provokes."""


def provokes(*messages: str) -> Callable[[Any], Any]:
    """Mark a test as the one that provokes `messages`, which it gets as `messages`."""
    PROVOKED.update(messages)
    return pytest.mark.parametrize("messages", [messages], ids=[""])


OF_JAVASCRIPT = (
    "xhr post error",
    "timeout",
    "ping timeout",
    "transport error",
    "parse error",
    "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are "
    "not compatible …",
)
OF_OTHERS = (
    "No supported WebSocket library detected.",
    "RuntimeWarning: coroutine '…' was never awaited",
)


def test_everything_else_is_in_the_source() -> None:
    rest = set(MESSAGES) - PROVOKED - {*OF_JAVASCRIPT, *OF_OTHERS}
    assert [message for message in sorted(rest) if not is_in_the_source(message)] == []


def test_the_messages_of_the_javascript_client(javascript: str) -> None:
    for message in OF_JAVASCRIPT:
        assert message in MESSAGES
        assert message.removesuffix(" …") in javascript, message


def test_the_messages_of_others() -> None:
    from uvicorn.protocols.http import h11_impl

    assert set(OF_OTHERS) <= set(MESSAGES)
    assert OF_OTHERS[0] in inspect.getsource(h11_impl)
    program = "async def emit(): pass\nemit()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    expect([done.stderr.replace("<string>:2: ", "")], OF_OTHERS[1])


# Provoked in memory ----------------------------------------------------------------


def page_of(origin: str) -> dict[str, Any]:
    return {"headers": (("origin", origin),)}


ORIGIN = "request refused: origin is not allowed: see cors_allowed_origins (the page is of '…', "


@provokes(
    '{"code": 3, "message": "Bad request"}',
    ORIGIN + "the server of '…')",
    ORIGIN + "the server of '…': if a proxy speaks TLS, see trusted_proxies)",
    ORIGIN + "which is not in the list)",
    "request refused: refused by the application (the page is of '…', and the function of "
    "cors_allowed_origins refused it)",
)
def test_origins(scene: Scene, messages: tuple[str, ...]) -> None:
    for options, origin in (
        ({}, "http://page.example"),
        ({}, "https://testserver"),
        ({"cors_allowed_origins": ["http://other.example"]}, "http://page.example"),
        ({"cors_allowed_origins": lambda origin: False}, "http://page.example"),
    ):
        scene.server(**options)
        assert scene.request(**page_of(origin)) == 400
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    '{"code": 0, "message": "Transport unknown"}',
    '{"code": 1, "message": "Session ID unknown"}',
    '{"code": 2, "message": "Bad handshake method"}',
    '{"code": 5, "message": "Unsupported protocol version"}',
    "request refused: transport is not one of the allowed (see transports)",
    "request refused: unknown session (it is over, or another process has it)",
    "request refused: client speaks another Engine.IO revision: see allow_eio3",
    "request refused: transport does not fit the request (no WebSocket came: it takes a web server "
    "with WebSockets, and a proxy that passes Upgrade on)",
    "request refused: headers are too large: see max_header_bytes",
)
def test_requests_that_do_not_fit(scene: Scene, messages: tuple[str, ...]) -> None:
    scene.server()
    statuses = [
        scene.request(""),
        scene.request("EIO=4&transport=polling&sid=nobody"),
        scene.request(method="POST"),
        scene.request("EIO=3&transport=polling"),
        scene.request("EIO=4&transport=websocket"),
        scene.request(headers=(("cookie", "x" * 20_000),)),
    ]
    assert statuses == [400] * 5 + [431]
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    '{"code": 4, "message": "Forbidden"}',
    "request refused: refused by the application",
    "request refused: there are too many sessions: see max_sessions",
    "request refused: one address has too many sessions: see max_sessions_per_address",
)
def test_clients_that_are_turned_away(scene: Scene, messages: tuple[str, ...]) -> None:
    scene.server(allow_request=lambda environ: False)
    assert scene.request() == 403
    scene.server(max_sessions=1)
    assert [scene.request(), scene.request()] == [200, 503]
    scene.server(max_sessions_per_address=1)
    assert [scene.request(address="192.0.2.9") for _ in range(2)] == [200, 429]
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "request refused: payload too large (see max_http_buffer_size and max_body_chunks)",
    "connection closed: transport error (payload too large)",
)
def test_a_body_that_is_too_large(scene: Scene, messages: tuple[str, ...]) -> None:
    scene.server(max_http_buffer_size=100)
    client = scene.client()
    client.connect()
    assert client.request("POST", "4" + "x" * 200).status == 413
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "client refused on '…': it has no handler, nor is it among the option namespaces",
    "client … refused on '…' by the connect handler",
    "client … left '…': client disconnect",
    "client … left '…': transport close",
)
def test_clients_that_come_and_go(scene: Scene, messages: tuple[str, ...]) -> None:
    sio = scene.server()
    sio.on("connect", lambda sid, environ: False, namespace="/closed")
    client = scene.client()
    for namespace in ("/unknown", "/closed"):
        with pytest.raises(colours.Refused):
            client.connect(namespace)
    client.connect()
    client.send("1")
    other = scene.client()
    other.connect()
    other.leave()
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "client … sent the event '…' to '…' with … arguments",
    "client … sent the event '…' to '…' with … arguments: it has no handler",
    "event '…': handler … cannot be called with … arguments",
    "the handler of '…' raised an exception",
    "a handler returned what cannot be sent: …",
)
def test_events_of_a_client(scene: Scene, messages: tuple[str, ...]) -> None:
    def wrong(sid: str) -> None:
        raise RuntimeError("wrong")

    sio = scene.server()
    sio.on("one", lambda sid, value: value)
    sio.on("wrong", wrong)
    sio.on("set", lambda sid: {1, 2})
    client = scene.client()
    client.connect()
    client.emit("unknown", 1)
    client.emit("one", 1, 2)
    client.emit("wrong")
    client.emit("set", ack=1)
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "event '…' is emitted to the rooms … of '…': 0 clients",
    "event '…' is emitted to everyone of '…': … clients",
    "an event is sent to a room of the type …, in which nobody is: two arguments are sent as a "
    'tuple, emit("name", (first, second))',
    "`to` is a room or a list of rooms, not a …: two arguments are sent as a tuple, "
    'emit("name", (first, second))',
)
def test_events_of_the_server(scene: Scene, messages: tuple[str, ...]) -> None:
    sio, result = scene.server(), scene.colour.result
    scene.client().connect()
    result(sio.emit("x", to="nobody"))
    result(sio.emit("x"))
    with pytest.warns(UserWarning, match=r".") as warned:
        result(sio.emit("x", 1, 2))
    with pytest.raises(TypeError) as raised:
        result(sio.emit("x", 1, {"a": 2}))
    scene.answers += [str(warned[0].message), str(raised.value)]
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "… has no option '…': did you mean '…'?",
    "… is a reserved event: choose another name",
)
def test_names(scene: Scene, messages: tuple[str, ...]) -> None:
    with pytest.warns(UserWarning, match=r".") as warned:
        sio = scene.server(cors_allowed_origin="*")
    with pytest.raises(ValueError, match="reserved") as raised:
        scene.colour.result(sio.emit("connect"))
    scene.answers += [str(warned[0].message), str(raised.value)]
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "… is a coroutine function, which Server cannot run: write it with def, or use AsyncServer"
)
def test_a_coroutine_function_for_server(messages: tuple[str, ...]) -> None:
    async def handler(sid: str) -> None:
        pass

    colour = colours.Threading()
    with pytest.raises(TypeError) as raised:
        colour.server().on("event", handler)
    colour.close()
    expect([str(raised.value)], *messages)


# Provoked in managers --------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections made again sooner."""
    monkeypatch.setattr(runner, "MOST_SECONDS", 0.1)


def manager(scene: Scene, bus: Bus, **options: Any) -> Any:
    """A manager of the colour of a scene."""
    kind = AsyncMemoryManager if isinstance(scene.colour, colours.Asyncio) else MemoryManager
    return kind(bus, **options)


@pytest.mark.usefixtures("soon")
@provokes(
    "…: channel … does not work, other processes are not reached: …",
    "nothing can be published: …",
    "channel …: … messages for other processes are lost: …",
    "more waited than max_queued_messages",
    "more waited than max_queued_bytes",
    "it waited longer than max_queued_seconds",
    "…: channel … works: …",
)
def test_a_broker_that_is_lost(scene: Scene, messages: tuple[str, ...]) -> None:
    bus = Bus()
    bus.broken = True
    limits: dict[str, Any] = {
        "max_queued_messages": 1,
        "max_queued_bytes": 300,
        "max_queued_seconds": 0.1,
    }
    for name, value in limits.items():
        sio = scene.server(client_manager=manager(scene, bus, **{name: value}))
        for _ in range(3):
            scene.colour.result(sio.emit("news", "x" * 100))
        scene.expect(name)
    bus.broken = False
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@pytest.mark.usefixtures("soon")
@provokes(
    "no probe came back from the broker within … s",
    "no subscription within … s",
)
def test_a_broker_that_lets_nothing_through(scene: Scene, messages: tuple[str, ...]) -> None:
    deaf, held = Bus(), Bus()
    deaf.deaf = True
    held.held = True
    for bus in (deaf, held):
        sio = scene.server(client_manager=manager(scene, bus, probe_timeout=0.1))
        scene.colour.result(sio.emit("news"))
        scene.colour.sleep(0.3)
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


@provokes(
    "channel …: … messages were refused (…): …",
    "pickle of an incompatible peer: python-socketio before 5.14",
    "message above max_receive_size",
    "event in a serializer that this server does not have",
    "… goes to all processes: …",
)
def test_what_others_publish(scene: Scene, messages: tuple[str, ...]) -> None:
    bus = Bus()
    sio = scene.server(client_manager=manager(scene, bus, max_receive_size=1_000))
    client = scene.client()
    client.connect()
    head = ["e", "h", 1, "/", None, [], 0, None, "other", "t", [5]]
    stranger = {"method": "emit", "event": "news", "data": [], "host_id": "theirs"}
    for payload in (
        pickle.dumps(stranger),
        b"x" * 2_000,
        b"S1" + json.dumps([*head[:7], ["12345678", 1], *head[8:]]).encode() + b"\n42[1]",
        json.dumps(stranger).encode(),
    ):
        bus.publish([Publication("socketio", payload)])
    assert client.packet() == '2["news"]'
    scene.expect(*messages)
    assert sio.manager.health().routing is False
    assert set(messages) <= set(MESSAGES)


@provokes(
    "a message of … bytes for other servers, max_publish_size allows …: send less at a time, or "
    "raise it everywhere",
    "a write_only manager hears no answers: emit without a callback, or ask in a process that runs "
    "a server",
    "a room that is a … cannot be named to other servers: use text, numbers, or tuples of them",
    "the client_manager of … must be an instance of …, not of …",
    "client_manager must be a manager, such as one made from a URL, not a text",
    "client_manager must be a manager, not a class: …(…)",
    "'…' is no address of a Redis: use …",
    "the address of the Redis ends with the number of a database: /0",
    "a manager has no option '…'; did you mean …?",
    "redis_options: got an unexpected keyword argument '…'",
    "kombu has no broker for the address …: …",
)
def test_what_managers_raise(scene: Scene, messages: tuple[str, ...]) -> None:
    bus, result = Bus(), scene.colour.result
    sio = scene.server(client_manager=manager(scene, bus, max_publish_size=1_000))
    emitter = manager(scene, bus, write_only=True)
    other = Manager if isinstance(scene.colour, colours.Asyncio) else AsyncManager
    of_redis = AsyncRedisManager if isinstance(scene.colour, colours.Asyncio) else RedisManager
    for wrong in (
        lambda: result(sio.emit("news", "x" * 1_000)),
        lambda: result(emitter.emit("ask", callback=print, data=None)),
        lambda: result(sio.emit("news", to=[frozenset()])),
        lambda: scene.colour.server(client_manager=other()),
        lambda: scene.colour.server(client_manager="redis://localhost"),
        lambda: scene.colour.server(client_manager=other),
        lambda: of_redis("http://localhost"),
        lambda: of_redis("redis://localhost/main"),
        lambda: of_redis(routin=False),
        lambda: of_redis(redis_options={"pasword": ""}),
        lambda: KombuManager("nothing://localhost"),
    ):
        with pytest.raises((ValueError, TypeError, RuntimeError)) as raised:
            wrong()
        scene.answers.append(str(raised.value))
    scene.expect(*messages)
    assert set(messages) <= set(MESSAGES)


# Provoked by clients ---------------------------------------------------------------

SCRIPT = """
const { io } = require("socket.io-client");
const [server, nobody] = process.argv.slice(1);
const seen = [];
function attempt(url, options, connected) {
  return new Promise((resolve) => {
    const socket = io(url, { reconnection: false, forceNew: true, ...options });
    const end = (text) => { seen.push(text); socket.close(); resolve(); };
    socket.on("connect_error", (error) => end(error.message));
    socket.on("disconnect", end);
    if (connected) socket.on("connect", () => connected(socket));
  });
}
(async () => {
  for (const transport of ["polling", "websocket"])
    await attempt(nobody, { transports: [transport] });
  await attempt(server + "/socket.io", {});
  await attempt(server, { auth: { refuse: false } });
  await attempt(server, {}, (socket) => socket.emit("leave"));
  await attempt(server, { transports: ["websocket"] }, (socket) => socket.emit("close"));
  console.log(JSON.stringify(seen));
  process.exit();
})();
"""


@provokes(
    "xhr poll error",
    "websocket error",
    "Invalid namespace",
    "Connection rejected by server",
    "io server disconnect",
)
def test_the_javascript_client(serve: Serve, node: Node, messages: tuple[str, ...]) -> None:
    served = serve("uvicorn", ECHO)
    done = subprocess.run(
        [node.executable, "-e", SCRIPT, served.origin, f"http://127.0.0.1:{free_port()}"],
        cwd=node.directory,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expect(json.loads(done.stdout), *messages)


def failure(url: str, **arguments: Any) -> str:
    """What a Python client that does not connect raises."""
    with pytest.raises(Exception) as raised:
        PythonClient().connect(url, **arguments)
    return str(raised.value)


@provokes(
    "The connection to … failed: …",
    "The server at … refused the connection with status …: …",
    "One or more namespaces failed to connect: … (Invalid namespace)",
    "One or more namespaces failed to connect: … (Connection rejected by server)",
    "the URL has a path, '…', which does not count: for a namespace connect to the URL without it, "
    "with namespaces=['…']; for a server at that path give socketio_path='…'",
    "the URL must begin with http://, https://, ws:// or wss://",
    "Already connected",
    "… is not a connected namespace",
)
def test_a_python_client(serve: Serve, messages: tuple[str, ...]) -> None:
    url = serve("uvicorn", ECHO).origin
    seen = [
        failure(f"http://127.0.0.1:{free_port()}"),
        failure(url, socketio_path="elsewhere"),
        failure(url, namespaces=["/unknown"], wait_timeout=PATIENCE),
        failure(url, auth={"refuse": False}, wait_timeout=PATIENCE),
        failure("localhost:8000"),
        failure(url + "/chat"),
    ]
    client = PythonClient()
    client.connect(url)
    for wrong in (lambda: client.connect(url), lambda: client.emit("x", namespace="/other")):
        with pytest.raises(Exception) as raised:
            wrong()
        seen.append(str(raised.value))
    client.disconnect()
    expect(seen, *messages)


@provokes(
    "Access to XMLHttpRequest at '…' from origin '…' has been blocked by CORS policy: No "
    "'Access-Control-Allow-Origin' header is present on the requested resource.",
    "WebSocket connection to '…' failed: Error during WebSocket handshake: Unexpected response "
    "code: 400",
)
def test_the_console_of_a_browser(serve: Serve, tmp_path: Path, messages: tuple[str, ...]) -> None:
    server = serve("uvicorn", ECHO).host
    page = tmp_path / "page.html"
    page.write_text(
        f"""<!doctype html><body><script>
        const request = new XMLHttpRequest();
        const polled = new Promise((resolve) => {{ request.onloadend = resolve; }});
        request.open("GET", "http://{server}/socket.io/?EIO=4&transport=polling");
        request.send();
        const socket = new WebSocket("ws://{server}/socket.io/?EIO=4&transport=websocket");
        const closed = new Promise((resolve) => {{ socket.onclose = resolve; }});
        Promise.all([polled, closed]).then(() => {{ document.title = "both are over"; }});
        </script>"""
    )
    require("chromium")
    done = subprocess.run(
        [sys.executable, "-c", BROWSER, page.as_uri()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expect(json.loads(done.stdout), *messages)


# In a process of its own: Playwright holds the event loop of its thread.
BROWSER = """
import json, sys
from tests.support.browser import chromium_browser, collect_errors
with chromium_browser() as browser:
    page = browser.new_page()
    errors = collect_errors(page)
    page.goto(sys.argv[1])
    page.wait_for_function("document.title === 'both are over'")
    print(json.dumps(errors))
"""
