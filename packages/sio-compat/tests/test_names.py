"""The names of `socketio`: all there, imported late, and honest where something is missing."""

import importlib
import os
import socket
import subprocess
import sys
import textwrap

import pytest

import socketio
from socketio._names import INNER, MODULES, PUBLIC

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
BASES = {"AsyncPubSubManager", "BaseClient", "BaseManager", "BaseNamespace", "BaseServer"}


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


def test_star_import_brings_every_name():
    out = run("""
        import sys
        sys.modules["sio_redis"] = sys.modules["sio_zmq"] = None
        from socketio import *
        import socketio
        print(len(socketio.__all__), all(name in globals() for name in socketio.__all__))
        print(ASGIApp(AsyncServer()).engineio_path)
        uses = [lambda: RedisManager("redis://"), lambda: ZmqManager.emit]
        for use in uses:
            try:
                use()
            except ImportError as error:
                print(error)
        class Chat:
            def later(self, manager: "ZmqManager | None") -> None: ...
        print(isinstance(AsyncServer(), (Server, AsyncServer)), isinstance(1, Server))
        print(None is not (ZmqManager | None), None is not (None | ZmqManager))
    """)
    lines = out.splitlines()
    assert lines[:2] == [f"{len(EXPECTED)} True", "/socket.io"]
    assert "sio-redis" in lines[2]
    assert "sio-zmq" in lines[3]
    assert lines[4:] == ["True False", "True True"]


def test_star_import_works_without_any_adapter():
    out = run("""
        import sys
        sys.modules["sio_asgi"] = None
        from socketio import *
        print(AsyncServer.__name__, ASGIApp)
    """)
    assert out.startswith("AsyncServer <missing socketio.ASGIApp: ")


def test_a_class_body_cannot_inherit_from_what_is_missing():
    out = run("""
        import sys
        sys.modules["sio_redis"] = None
        from socketio import *
        try:
            class Mine(RedisManager):
                pass
        except ImportError as error:
            print(error)
    """)
    assert out.startswith("socketio.RedisManager needs")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_is_there_after_import_socketio_alone(module):
    out = run(f"import socketio; print(socketio.{module}.__name__)")
    assert out == f"socketio.{module}\n"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_have_the_same_objects(module):
    found = importlib.import_module(f"socketio.{module}")
    for name in MODULES[module]:
        place = PUBLIC.get(name) or INNER[name]
        if name in PUBLIC:
            assert getattr(found, name) is getattr(socketio, name)
        elif name not in BASES:
            with pytest.raises(ImportError, match=place.distribution):
                getattr(found, name)
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
