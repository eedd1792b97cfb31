"""The names of `socketio`: all there, imported late, and honest where something is missing."""

import ast
import importlib
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import socketio
from socketio._names import INNER, MODULES, PUBLIC, SIBLINGS

# The public names of python-socketio, by hand: the table under test must not be its own measure.
EXPECTED = {
    "ASGIApp",
    "AsyncAioPikaManager",
    "AsyncClient",
    "AsyncClientNamespace",
    "AsyncManager",
    "AsyncNamespace",
    "AsyncRedisManager",
    "AsyncServer",
    "AsyncSimpleClient",
    "Client",
    "ClientNamespace",
    "KafkaManager",
    "KombuManager",
    "Manager",
    "Middleware",
    "Namespace",
    "PubSubManager",
    "RedisManager",
    "Server",
    "SimpleClient",
    "WSGIApp",
    "ZmqManager",
    "get_tornado_handler",
}


def run(code: str) -> str:
    """Run code in a fresh interpreter; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_has_every_public_name():
    assert set(PUBLIC) == EXPECTED


def test_dir_lists_names_and_modules():
    assert set(dir(socketio)) >= EXPECTED | set(MODULES)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_exists_is_the_real_thing(name):
    place = PUBLIC[name]
    assert getattr(socketio, name) is getattr(importlib.import_module(place.module), name)


def test_from_import_raises_the_same():
    out = run("""
        import sys
        sys.modules["sio_zmq"] = None
        try:
            from socketio import ZmqManager
        except ImportError as error:
            print(error)
    """)
    assert "needs the distribution sio-zmq" in out


@pytest.mark.parametrize(
    ("name", "distribution"), [("ASGIApp", "sio-asgi"), ("SimpleClient", "sio-client")]
)
def test_a_missing_adapter_that_exists_is_advised(name, distribution):
    out = run(f"""
        import sys
        sys.modules[{distribution.replace("-", "_")!r}] = None  # as if it were not installed
        import socketio
        try:
            socketio.{name}
        except ImportError as error:
            print(error)
    """)
    advice = f"needs the distribution {distribution}: pip install {distribution}"
    assert out == f"socketio.{name} {advice}\n"


def test_an_adapter_that_misses_something_itself_keeps_its_own_error(tmp_path):
    (tmp_path / "sio_zmq.py").write_text("import no_such_module_at_all\n")
    out = run(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import socketio
        try:
            socketio.ZmqManager
        except ModuleNotFoundError as error:
            print(error.name)
    """)
    assert out == "no_such_module_at_all\n"


def test_an_adapter_that_comes_later_is_used(tmp_path):
    (tmp_path / "sio_zmq.py").write_text("class ZmqManager: ...\n")
    out = run(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        import socketio
        print(socketio.ZmqManager.__module__)
    """)
    assert out == "sio_zmq\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = socketio.nonsense
    with pytest.raises(ImportError):
        from socketio import nonsense  # noqa: F401


def test_importing_socketio_imports_nothing_else():
    out = run("""
        import sys
        before = set(sys.modules)
        import socketio
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        print(sorted(new & {"asyncio", "sio_core", "sio_server", "sio_client", "logging", "ssl"}))
        socketio.AsyncServer
        print("sio_server" in sys.modules, "sio_asgi" in sys.modules)
    """)
    assert out == "[]\nTrue False\n"


ADAPTERS = sorted({place.module for place in PUBLIC.values()} - {"sio_server"})
COMBINATIONS = [
    [],
    ADAPTERS,
    *([name] for name in ADAPTERS),
    *(ADAPTERS[:count] for count in range(2, len(ADAPTERS))),
]


def test_star_import_brings_every_name_with_any_adapters():
    out = run(f"""
        import inspect, sys
        for gone in {COMBINATIONS!r}:
            kept = sys.modules.copy()
            for name in [name for name in kept if name.startswith("socketio")]:
                del sys.modules[name]
            sys.modules.update(dict.fromkeys(gone))  # as if they were not installed
            names = dict()
            exec("from socketio import *", names)
            found = [names[name] for name in sys.modules["socketio"].__all__]
            missing = [each for each in found if repr(each).startswith("<missing ")]
            assert all(map(inspect.isclass, missing)), missing
            said = sorted({{each._missing.split()[-1].replace("-", "_") for each in missing}})
            print(len(found), said == sorted(gone))
            for name in gone:
                del sys.modules[name]
                if name in kept:
                    sys.modules[name] = kept[name]
    """)
    assert out.splitlines() == [f"{len(EXPECTED)} True"] * len(COMBINATIONS)


def test_a_missing_class_is_a_class_until_it_is_used():
    out = run("""
        import copy, inspect, pickle, sys, typing
        sys.modules["sio_redis"] = sys.modules["sio_zmq"] = None
        from socketio import *

        print(ZmqManager, ZmqManager.__name__, ZmqManager.__module__)
        print(isinstance(AsyncServer(), (ZmqManager, AsyncServer)), isinstance(1, ZmqManager))
        print(issubclass(Manager, ZmqManager), hasattr(ZmqManager, "emit"))

        class Mine(RedisManager):
            def __init__(self, url: "ZmqManager | None", other: ZmqManager | None = None):
                super().__init__(url)

        print(issubclass(Mine, RedisManager), isinstance(1, Mine), inspect.getdoc(Mine))
        print(typing.get_type_hints(Mine.__init__)["url"] == typing.Optional[ZmqManager])
        for use in (lambda: ZmqManager(), lambda: RedisManager("redis://"), lambda: Mine("x")):
            try:
                use()
            except ImportError as error:
                print(error)
        try:
            RedisManager.emit
        except AttributeError as error:
            print(error)
    """)
    redis, zmq = (
        f"socketio.{name} needs the distribution {name_of}: pip install {name_of}"
        for name, name_of in (("RedisManager", "sio-redis"), ("ZmqManager", "sio-zmq"))
    )
    assert out.splitlines() == [
        f"<missing socketio.ZmqManager: {zmq}> ZmqManager socketio",
        "True False",
        "False False",
        "True False None",
        "True",
        *(zmq, redis, redis, redis),
    ]


def test_star_import_of_a_module_brings_its_names():
    out = run("""
        import sys
        sys.modules["sio_redis"] = None
        from socketio.redis_manager import *
        from socketio.namespace import *
        print(RedisManager, PubSubManager.__name__, Namespace.__name__)
    """)
    assert out.startswith("<missing socketio.RedisManager: ")
    assert out.endswith("> PubSubManager Namespace\n")


def test_modules_have_others_as_names():
    assert socketio.client.exceptions is socketio.exceptions
    assert socketio.server.base_server is socketio.base_server
    assert {"Client", "packet", "default_logger", "__all__"} <= set(dir(socketio.async_client)) | {
        "Client"
    }
    assert socketio.base_client.default_logger.name == "socketio.client"


def test_every_module_is_there_after_import_socketio_alone():
    out = run(f"""
        import socketio
        for name in {sorted(MODULES)!r}:
            print(getattr(socketio, name).__name__)
    """)
    assert out.split() == [f"socketio.{name}" for name in sorted(MODULES)]


def names_for_type_checkers(module):
    """Return what a module binds where type checkers alone look."""
    (source,) = Path(socketio.__file__).parent.glob(f"{module}.py")
    found = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for each in node.body:
                if isinstance(each, ast.ImportFrom):
                    found |= {name.asname for name in each.names} - {None}
                elif isinstance(each, ast.Assign):
                    found |= {ast.unparse(target) for target in each.targets}
    return found


def test_type_checkers_see_every_name():
    assert names_for_type_checkers("__init__") == EXPECTED | set(MODULES)
    for module, names in MODULES.items():
        assert names_for_type_checkers(module) == {*names, *SIBLINGS.get(module, ())}, module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_have_the_same_objects(module):
    found = importlib.import_module(f"socketio.{module}")
    for name in MODULES[module]:
        place = PUBLIC.get(name) or INNER[name]
        if name in PUBLIC:
            assert getattr(found, name) is getattr(socketio, name)
        else:
            where = importlib.import_module(place.module)
            assert getattr(found, name) is getattr(where, place.attribute)
    with pytest.raises(AttributeError):
        _ = found.nonsense


def test_base_server_is_where_on_lives():
    assert socketio.base_server.BaseServer.on is socketio.AsyncServer.on
    assert issubclass(socketio.AsyncServer, socketio.base_server.BaseServer)
    assert issubclass(socketio.Server, socketio.base_server.BaseServer)
    assert issubclass(socketio.Manager, socketio.base_manager.BaseManager)
    assert issubclass(socketio.Namespace, socketio.base_namespace.BaseNamespace)


def test_base_client_is_where_on_lives():
    base = socketio.base_client.BaseClient
    assert socketio.Client.on is socketio.AsyncClient.on is base.on
    assert issubclass(socketio.Client, base)
    assert issubclass(socketio.AsyncClient, base)


def test_the_clients_need_no_server_and_no_library_of_http():
    out = run("""
        import sys
        import socketio
        socketio.Client(), socketio.SimpleClient(), socketio.AsyncSimpleClient()
        print(sorted({"requests", "aiohttp", "websocket", "sio_server"} & set(sys.modules)))
    """)
    assert out == "[]\n"


def test_exceptions():
    import builtins

    found = socketio.exceptions
    for name in ("ConnectionError", "TimeoutError", "BadNamespaceError", "DisconnectedError"):
        assert issubclass(getattr(found, name), found.SocketIOError)
    assert issubclass(found.ConnectionRefusedError, found.ConnectionError)
    assert issubclass(found.TimeoutError, builtins.TimeoutError)


def test_packet_module():
    packet = socketio.packet
    assert [packet.packet_names[kind] for kind in (packet.CONNECT, packet.BINARY_ACK)] == [
        "CONNECT",
        "BINARY_ACK",
    ]
    made = packet.Packet(packet.EVENT, ["hello", {"a": 1}], namespace="/chat", id=3)
    assert packet.Packet(encoded_packet=made.encode()).data == ["hello", {"a": 1}]


def test_async_admin_names_the_process():
    assert os.getpid() == socketio.async_admin.PID
    assert socket.gethostname() == socketio.async_admin.HOSTNAME
