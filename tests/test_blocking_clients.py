"""The blocking client over TLS, and in programs whose threads are greenlets."""

import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable

import pytest

from sio_client import Client
from sio_core.exceptions import ConnectionError
from tests.support.certificates import Certificate, make_certificate
from tests.support.components import require
from tests.support.servers import PATIENCE, Served

pytest_plugins = ["tests.support.serving"]

Serve = Callable[..., Served]
ECHO = "tests.apps.echo:app"
TRANSPORTS = pytest.mark.parametrize("transports", [["polling"], ["websocket"], None])

PATCHES = {
    "gevent": "from gevent import monkey; monkey.patch_all()",
    "eventlet": (
        "import warnings; warnings.simplefilter('ignore')\nimport eventlet; eventlet.monkey_patch()"
    ),
}
PROGRAM = """
import sys, threading, time
from sio_client import Client, SimpleClient
beats = 0
def beat():
    global beats
    while True:
        time.sleep(0.001)
        beats += 1
threading.Thread(target=beat, daemon=True).start()
for transports in (["polling"], ["websocket"], None):
    client = Client()
    seen, done = [], threading.Event()
    def echoed(*args):
        seen.append(args)
        # It waits, and whatever comes is handled all the same.
        assert client.call("ask", args) == args
        if len(seen) == 50:
            done.set()
    client.on("echoed", echoed)
    client.on("disconnect", lambda reason: seen.append(reason))
    client.connect(sys.argv[1], transports=transports)
    for number in range(50):
        client.emit("echo", (number, b"bytes"))
    assert done.wait(20)
    assert seen == [(number, b"bytes") for number in range(50)], seen
    beats = 0
    client.sleep(0.05)
    assert beats, "the client kept everybody waiting"
    client.disconnect()
    assert seen[-1] == "client disconnect"
with SimpleClient() as simple:
    simple.connect(sys.argv[1])
    simple.emit("echo", "simple")
    assert simple.receive() == ["echoed", "simple"]
deadline = time.monotonic() + 20
while any("sio-client" in thread.name for thread in threading.enumerate()):
    assert time.monotonic() < deadline
    time.sleep(0.01)
client = Client()
client.connect(sys.argv[1])
print("the end")
"""


@pytest.mark.parametrize("library", PATCHES)
def test_in_greenlets(serve: Serve, library: str) -> None:
    served = serve("uvicorn", ECHO)
    done = subprocess.run(
        [require("greenlets"), "-c", f"{PATCHES[library]}\n{PROGRAM}", served.origin],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("the end\n", "", 0)


@TRANSPORTS
def test_over_tls(
    serve: Serve, tmp_path_factory: pytest.TempPathFactory, transports: list[str] | None
) -> None:
    made = make_certificate(tmp_path_factory.mktemp("tls"))
    arguments = ("--ssl-keyfile", str(made.key), "--ssl-certfile", str(made.chain))
    served = serve("uvicorn", ECHO, arguments=arguments, secure=True)
    with pytest.raises(ConnectionError) as caught:
        Client().connect(served.origin, transports=transports)
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    unverified = Client(ssl_verify=False)
    verified = Client(websocket_extra_options={"sslopt": {"ca_certs": str(made.chain)}})
    for client in (unverified, verified):
        client.connect(served.origin, transports=transports)
        data = os.urandom(300_000)
        assert client.call("ask", (1, data)) == (1, data)
        threads = [
            client.start_background_task(_ask, client, bytes([number])) for number in range(4)
        ]
        for thread in threads:
            thread.join(PATIENCE)
        client.disconnect()
    assert not any(thread.name == "sio-client-io" for thread in threading.enumerate())


def _ask(client: Client, data: bytes) -> None:
    for _ in range(20):
        assert client.call("ask", data * 20_000) == data * 20_000


def _https_proxy(made: Certificate) -> socket.socket:
    """Listen as a proxy that is spoken to over TLS, in threads."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as near:
            head = b""
            while b"\r\n\r\n" not in head:
                head += near.recv(1)
            host, _, port = head.split()[1].decode().partition(":")
            with socket.create_connection((host, int(port))) as far:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=pump, args=(far, near), daemon=True).start()
                pump(near, far)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


@TRANSPORTS
def test_tls_in_the_tunnel_of_an_https_proxy(
    serve: Serve,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    transports: list[str] | None,
) -> None:
    made = make_certificate(tmp_path_factory.mktemp("tls"))
    arguments = ("--ssl-keyfile", str(made.key), "--ssl-certfile", str(made.chain))
    served = serve("uvicorn", ECHO, arguments=arguments, secure=True)
    with _https_proxy(made) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("NO_PROXY", "")
        client = Client(ssl_verify=False)
        client.connect(served.origin, transports=transports)
        data = os.urandom(200_000)
        for _ in range(5):
            assert client.call("ask", data) == data
        client.disconnect()
        listener.shutdown(socket.SHUT_RDWR)
