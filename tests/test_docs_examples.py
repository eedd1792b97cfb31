"""Every Python block of the documentation and the READMEs is run, and every option is described."""

import ast
import asyncio
import dataclasses
import inspect
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import sio_client.options
from sio_asgi import ASGIApp, AsyncServer
from sio_client import AsyncClient, Client
from sio_core import engineio, socketio
from sio_core.socketio import TRUSTED, Limits
from sio_server import options

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "packages/*/README.md", "examples/*/README.md")
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts
)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPTIONS = ROOT / "docs" / "options.md"
# argument, type, default and meaning; or, of a limit: default, unit, what happens and the log
ROW = re.compile(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \| [^|]* \|$", re.MULTILINE)
LIMIT = re.compile(r"^\| `(\w+)` \| ([^|]*) \| [^|]*: [^|]* \| [^|]* \| [^|]* \|$", re.MULTILINE)
OF_CLIENTS = ("docs/client.md", "packages/sio-client/README.md")
ELSEWHERE = {"docs/flask-socketio.md"}
"""Pages whose programs need packages of others, in whose environment they are run: tests/field."""
WITHOUT_EFFECT = ("monitor_clients", "binary")


class Block(NamedTuple):
    """One Python block, and what it is called in the report."""

    name: str
    code: str


def blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 2
            # As many blank lines in front as make the numbers in a traceback those of the page.
            code = "\n" * (line - 1) + found.group(1)
            yield Block(f"{page.relative_to(ROOT).as_posix()}:{line}", code)


BLOCKS = [block for block in blocks() if block.name.partition(":")[0] not in ELSEWHERE]


def is_program(code: str) -> bool:
    """Tell whether a block says itself where its server comes from."""
    return any(
        isinstance(statement, ast.Import | ast.ImportFrom)
        and "AsyncServer" in ast.unparse(statement) + code
        for statement in ast.parse(code).body
    )


async def handshake(app: Any, path: str) -> bytes:
    """Open a polling session. Returns the body of the answer."""
    query = b"EIO=4&transport=polling"
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 200
    body: bytes = sent[1]["body"]
    return body


@pytest.mark.filterwarnings("ignore:static_files. nothing is at")
@pytest.mark.parametrize("block", BLOCKS, ids=[block.name for block in BLOCKS])
async def test_block_runs(block: Block) -> None:
    code = compile(block.code, block.name, "exec")
    # What only shows a part of a program has a server to work with.
    scope: dict[str, Any] = {"__name__": "example"}
    if block.name.startswith(OF_CLIENTS):
        scope |= {"sio": Client()}
    elif not is_program(block.code):
        scope |= {"sio": AsyncServer(), "ASGIApp": ASGIApp}
    exec(code, scope)
    app = scope.get("app")
    if isinstance(app, ASGIApp):
        assert (await handshake(app, app.engineio_path)).startswith(b'0{"sid":"')
    for path in ("/ws/socket.io/",) if "app.mount" in block.code else ():
        assert (await handshake(app, path)).startswith(b'0{"sid":"')


def test_blocks_are_found() -> None:
    pages = {block.name.partition(":")[0] for block in BLOCKS}
    assert {"README.md", "docs/index.md", "docs/core.md", "packages/sio-asgi/README.md"} <= pages


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_links_between_files_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


# The example of the guide, as a client sees it -------------------------------


async def test_the_getting_started_server() -> None:
    block = next(block for block in BLOCKS if block.name.startswith("docs/getting-started.md"))
    scope: dict[str, Any] = {}
    exec(compile(block.code, block.name, "exec"), scope)
    sio: AsyncServer = scope["sio"]
    client = PollingClient(scope["app"])
    await client.open()
    assert await client.exchange("40") == '44{"message":"say your name"}'
    connected = await client.exchange('40{"name":"Ann"}')
    assert connected.startswith('40{"sid":"')
    answer = await client.exchange('421["say","hello"]')
    assert sorted(answer.split("\x1e")) == ['42["said","Ann","hello"]', '431["delivered"]']
    await sio.shutdown(drain=1)


class PollingClient:
    """A polling client without a network."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.sid = ""

    async def open(self) -> None:
        opened = await handshake(self.app, "/socket.io/")
        self.sid = json.loads(opened[1:])["sid"]

    async def exchange(self, packet: str) -> str:
        """Send a packet, let the server work, and fetch what it has to say."""
        assert await self._request("POST", packet.encode()) == "ok"
        for _ in range(20):
            await asyncio.sleep(0)
        return await self._request("GET", b"")

    async def _request(self, method: str, body: bytes) -> str:
        query = f"EIO=4&transport=polling&sid={self.sid}".encode()
        scope = {"type": "http", "method": method, "path": "/socket.io/", "headers": []}
        sent: list[Any] = []

        async def receive() -> Any:
            if scope.pop("unread", True):
                scope["unread"] = False
                return {"type": "http.request", "body": body}
            return await asyncio.get_running_loop().create_future()

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app({**scope, "query_string": query}, receive, send)
        text: bytes = sent[1]["body"]
        return text.decode()


# Options ---------------------------------------------------------------------


def documented(clients: bool = False) -> dict[str, str]:
    """The options of docs/options.md, of servers or of clients, with the text of their default."""
    of_servers, _, of_clients = OPTIONS.read_text(encoding="utf-8").partition("\n## Clients\n")
    text = of_clients if clients else of_servers
    rows = [*ROW.findall(text), *LIMIT.findall(text)]
    assert len(rows) == len(dict(rows)), "an option is described twice"
    return dict(rows)


def defaults() -> dict[str, Any]:
    """The options that the code knows with their default."""
    found: dict[str, Any] = {}
    engine = {field.name: field.default for field in dataclasses.fields(engineio.Config)}
    core = {field.name: field.default for field in dataclasses.fields(socketio.Config)}
    own = {field.name: field.default for field in dataclasses.fields(options.Options)}
    for name, inner in options.ENGINE_NAMES.items():
        found[name] = engine[inner]
    found |= {name: core[name] for name in options.CORE_NAMES}
    found |= {name: own[name] for name in options.OWN_NAMES}
    found |= {name: engine[name] for name in ("ping_interval", "transports", "cookie")}
    found |= {"trusted_proxies": own["trusted_proxies"], "max_running_handlers": own["max_running"]}
    found["max_threads"] = own["max_threads"]
    limits = Limits()
    found |= {
        "max_attachments": limits.attachments,
        "max_attachment_bytes": limits.attachment_bytes,
        "max_json_depth": limits.json_depth,
        "max_int_digits": limits.json_int_digits,
        "max_containers": limits.containers,
        "max_attachments_out": 10,
        "cors_allowed_origins": None,
        "cors_credentials": None,
    }
    for parameter in inspect.signature(AsyncServer).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            found[parameter.name] = parameter.default
    return found


def test_options_are_described_with_their_defaults() -> None:
    told = documented()
    expected = defaults()
    assert set(told) == set(expected)
    told["client_manager"] = "`None`"
    assert {name: ast.literal_eval(text.strip("`")) for name, text in told.items()} == expected


def defaults_of_clients() -> dict[str, Any]:
    """The options that the clients know with their default."""
    engine = {field.name: field.default for field in dataclasses.fields(engineio.ClientConfig)}
    core = {field.name: field.default for field in dataclasses.fields(socketio.ClientConfig)}
    own = {f.name: f.default for f in dataclasses.fields(sio_client.options.Options)}
    of_clients = (*sio_client.options.OWN, *sio_client.options.QUEUE)
    found = {name: own[name] for name in of_clients}
    found |= {name: engine[name] for name in ("upgrade_timeout", "max_queue_bytes")}
    found |= {
        "request_timeout": engine["handshake_timeout"],
        "timestamp_requests": engine["timestamps"],
        "max_pending_acks": core["max_pending_acks"],
        "protocol": core["protocol"],
        "max_attachments": TRUSTED.attachments,
        "max_attachment_bytes": TRUSTED.attachment_bytes,
        "max_json_depth": TRUSTED.json_depth,
        "max_int_digits": TRUSTED.json_int_digits,
        "max_containers": TRUSTED.containers,
        "max_attachments_out": 10,
    }
    for parameter in inspect.signature(Client).parameters.values():
        if parameter.kind is not parameter.VAR_KEYWORD:
            found[parameter.name] = parameter.default
    return found


def test_options_of_clients_are_described_with_their_defaults() -> None:
    told = documented(clients=True)
    expected = defaults_of_clients()
    assert set(told) == set(expected)
    assert {name: ast.literal_eval(text.strip("`")) for name, text in told.items()} == expected


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_every_described_option_of_clients_is_known(client: Any) -> None:
    assert inspect.signature(client) == inspect.signature(Client)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client(**defaults_of_clients())
    assert set(sio_client.options.AllClientOptions.__annotations__) == set(documented(clients=True))


def test_every_described_option_is_known() -> None:
    given = {name: value for name, value in defaults().items() if name != "engineio_logger"}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        AsyncServer(**given)
        warnings.simplefilter("ignore", DeprecationWarning)
        AsyncServer(**dict.fromkeys(WITHOUT_EFFECT, False))


def test_every_option_that_is_typed_is_described() -> None:
    typed = set(options.ServerOptions.__annotations__)
    named = {*inspect.signature(AsyncServer).parameters} - {"kwargs"}
    assert typed | named == set(documented()) | set(WITHOUT_EFFECT)
    text = OPTIONS.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in WITHOUT_EFFECT)
