"""The ASGI adapter under each web server: every shape of application, both transports."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from tests.support.certificates import Certificate, make_certificate
from tests.support.checks import (
    both_transports_and_the_upgrade,
    clients_vanish,
    ends_gracefully,
    environment_is_true,
    never_reads,
    polling_begun,
    works,
)
from tests.support.raw import (
    Polling,
    Socket,
    http_client,
    left,
    open_websocket,
    upgrade,
)
from tests.support.servers import Served, get

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
SERVERS = (
    "uvicorn-sio",
    "uvicorn-sansio",
    "uvicorn-websockets",
    "uvicorn-wsproto",
    "hypercorn",
    "daphne",
    "granian",
)
SHAPES = {
    "alone": "/socket.io/",
    "in front": "/socket.io/",
    "own path": "/my/own/",
    "everything": "/any/where",
    "starlette": "/ws/socket.io/",
    "starlette, whole path": "/ws/socket.io/",
    "starlette, no path": "/ws/socket.io/",
    "fastapi": "/ws/socket.io/",
    "fastapi, whole path": "/ws/socket.io/",
    "fastapi, no path": "/ws/socket.io/",
}
every_server = pytest.mark.parametrize("server", SERVERS)
FRAMEWORKS = ("aiohttp", "tornado", "sanic")
"""Those that serve without ASGI."""
GUNICORN_AIOHTTP = ("gunicorn-aiohttp", "gunicorn-aiohttp-uvloop")
"""aiohttp's own workers for gunicorn."""
# Those that can refuse a WebSocket with a real response; daphne answers 403 to any refusal.
TELLS_WHY = {*SERVERS, *FRAMEWORKS} - {"daphne"}
all_servers = pytest.mark.parametrize("server", [*SERVERS, *FRAMEWORKS])
OTHERWISE = {"trusted_proxies": ["127.0.0.1"], "max_queue_bytes": 300_000}
"""Of one server more of each kind, for the tests that need such options."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


# Shapes ------------------------------------------------------------------------------------


def in_shapes(*shapes: str) -> pytest.MarkDecorator:
    """Parametrise a test: all `shapes` under one server, which no server knows of, else two."""
    few = ("alone", "fastapi, whole path")
    rows = [(SERVERS[0], shape) for shape in shapes]
    rows += [(server, shape) for server in SERVERS[1:] for shape in few]
    return pytest.mark.parametrize(("server", "shape"), rows)


@in_shapes(*SHAPES)
async def test_both_transports_and_the_upgrade(serve, server, shape):
    served = serve(server, "tests.apps.shapes:app")
    path, headers = SHAPES[shape], {"x-shape": shape}
    await both_transports_and_the_upgrade(served, path, headers)


@in_shapes("alone", "in front", "starlette", "fastapi, whole path")
async def test_other_paths_go_elsewhere(serve, server, shape):
    served = serve(server, "tests.apps.shapes:app")
    headers = {"x-shape": shape}
    async with http_client(served) as http:
        answer = await http.get("/page", headers=headers)
        wanted = (404, "Not Found") if shape == "alone" else (200, "other page")
        assert (answer.status_code, answer.text) == wanted
        assert (await http.get("/socket.iox/", headers=headers)).status_code == 404
    with pytest.raises((InvalidStatus, InvalidMessage)):
        await open_websocket(served, "EIO=4&transport=websocket", path="/page", headers=headers)


@all_servers
@pytest.mark.parametrize("query", ["transport=websocket&sid=forged&EIO=4", "transport=nonsense"])
async def test_a_websocket_is_refused_with_a_real_response(serve, server, query):
    served = serve(server, ECHO)
    with pytest.raises(InvalidStatus) as caught:
        await open_websocket(served, query)
    response = caught.value.response
    if server in TELLS_WHY:
        assert response.status_code == 400
        words = b"Session ID unknown" if "sid" in query else b"Transport unknown"
        assert bytes(response.body or b"") == words
    else:
        assert response.status_code == 403
    async with Socket(served) as client:
        await client.join()
        await works(client, "websocket")


@pytest.mark.parametrize("server", [*FRAMEWORKS, *GUNICORN_AIOHTTP])
async def test_a_framework_serves_both_transports_and_the_upgrade(serve, server):
    await both_transports_and_the_upgrade(serve(server, ECHO), "/socket.io/", {})


@all_servers
async def test_bad_input_is_answered_alike(serve, server):
    served = serve(server, ECHO)
    async with Polling(served) as client, Socket(served) as socket:
        await socket.join()
        sid = await client.join()

        async def chunks():
            for _ in range(30):
                yield b"4" * 50_000

        query = {"EIO": "4", "transport": "polling", "sid": client.sid}
        try:
            async with http_client(served) as other:  # its connection ends with the answer
                response = await other.post(client.path, params=query, content=chunks())
            assert response.status_code == 413
        except httpx.TransportError:
            # These close the connection behind the answer, which may be lost with that.
            assert server in {"hypercorn", "granian"}
        assert (await left(served, sid))["detail"] == "payload too large"
    async with Polling(served) as client, Socket(served) as socket:
        await socket.join()
        sid = await client.join()
        await client.ends_with("2")
        assert (await left(served, sid))["detail"] == "invalid heartbeat direction"
        assert await socket.ask("ask", 1) == [1]
        sid = socket.sids["/"]
        await socket.ends_with('42["connect"]')
        assert (await left(served, sid))["detail"] == "parse error: invalid payload"
    async with Socket(served) as socket:
        sid = await socket.join()
        await socket.send("4" + "x" * 1_000_000)
        assert await socket.closed_with() == (1000 if server == "daphne" else 1009)
        assert (await left(served, sid))["detail"] == "payload too large"


@all_servers
async def test_clients_that_vanish_are_noticed(serve, server):
    served = serve(server, ECHO)
    await clients_vanish(served)


# The environment ---------------------------------------------------------------------------


@all_servers
@pytest.mark.parametrize("transport", [Polling, Socket])
async def test_the_environment_tells_the_truth(serve, server, transport):
    served = serve(server, ECHO)
    await environment_is_true(served, transport)


@every_server
async def test_a_mount_point_is_the_script_name(serve, server):
    served = serve(server, "tests.apps.shapes:app")
    for shape in ("starlette", "starlette, whole path", "fastapi"):
        async with Socket(served, "/ws/socket.io/", headers={"x-shape": shape}) as client:
            await client.join()
            facts = (await client.ask("facts"))[0]
        assert (facts["SCRIPT_NAME"], facts["PATH_INFO"]) == ("/ws", "/socket.io/")


ROOT_PATHS = {
    # The option, and the path as the web server expects it of a proxy.
    "uvicorn-sansio": (["--root-path", "/api"], "/socket.io/"),
    "hypercorn": (["--root-path", "/api"], "/api/socket.io/"),
    "daphne": (["--root-path", "/api"], "/socket.io/"),
    "granian": (["--url-path-prefix", "/api"], "/api/socket.io/"),
}


@pytest.mark.parametrize("server", ROOT_PATHS)
async def test_a_root_path_is_the_script_name(serve, server):
    arguments, path = ROOT_PATHS[server]
    served = serve(server, ECHO, arguments=arguments)
    async with Polling(served, path) as client, Socket(served, path) as socket:
        for one, transport in ((client, "polling"), (socket, "websocket")):
            await one.join()
            await works(one, transport)
            facts = (await one.ask("facts"))[0]
            assert (facts["SCRIPT_NAME"], facts["PATH_INFO"]) == ("/api", "/socket.io/")
        other = await upgrade(client)
        await works(other, "websocket")
        await other.aclose()


UNTRUSTING = {
    "uvicorn": {"arguments": ["--no-proxy-headers"]},
    **{name: {} for name in FRAMEWORKS},
}

FORWARDED = {
    "x-forwarded-for": "203.0.113.9, 198.51.100.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "app.example",
}


@pytest.mark.parametrize("server", UNTRUSTING)
@pytest.mark.parametrize("transport", [Polling, Socket])
async def test_forwarded_headers_of_strangers_count_for_nothing(serve, server, transport):
    served = serve(server, ECHO, **UNTRUSTING[server])
    async with transport(served, headers=FORWARDED) as client:
        await client.join()
        facts = (await client.ask("facts"))[0]
    assert facts["REMOTE_ADDR"] == "127.0.0.1"
    assert facts["wsgi.url_scheme"] == "http"
    async with http_client(served) as http:
        refused = await http.get(
            "/socket.io/",
            params={"EIO": "4", "transport": "polling"},
            headers={**FORWARDED, "origin": "https://app.example"},
        )
        assert refused.status_code == 400


@pytest.mark.parametrize("server", UNTRUSTING)
@pytest.mark.parametrize("transport", [Polling, Socket])
@pytest.mark.parametrize("proxies", ["127.0.0.1", "127.0.0.0/8"])
async def test_forwarded_headers_of_a_trusted_proxy_count(serve, server, transport, proxies):
    options = {**OTHERWISE, "trusted_proxies": [proxies]}
    served = serve(server, ECHO, options=options, **UNTRUSTING[server])
    headers = {**FORWARDED, "origin": "https://app.example"}
    async with transport(served, headers=headers) as client:
        await client.join()
        facts = (await client.ask("facts"))[0]
    # The last address is the one that the proxy itself saw; those before it are hearsay.
    assert facts["REMOTE_ADDR"] == "198.51.100.7"
    assert facts["wsgi.url_scheme"] == "https"
    async with http_client(served) as http:
        refused = await http.get(
            "/socket.io/",
            params={"EIO": "4", "transport": "polling"},
            headers={**FORWARDED, "origin": "https://other.example"},
        )
        assert refused.status_code == 400


# TLS ---------------------------------------------------------------------------------------

TLS = {
    "uvicorn-sio": ("--ssl-keyfile", "--ssl-certfile"),
    "uvicorn-sansio": ("--ssl-keyfile", "--ssl-certfile"),
    "uvicorn-wsproto": ("--ssl-keyfile", "--ssl-certfile"),
    "hypercorn": ("--keyfile", "--certfile"),
    "granian": ("--ssl-keyfile", "--ssl-certificate"),
}


@pytest.mark.parametrize("server", [*TLS, *FRAMEWORKS])
async def test_the_same_origin_over_tls(serve, server, certificate):
    arguments, env = [], {}
    if server in FRAMEWORKS:
        env = {"SIO_TEST_KEY": certificate.key, "SIO_TEST_CERTIFICATE": certificate.chain}
    else:
        key, chain = TLS[server]
        arguments = [key, str(certificate.key), chain, str(certificate.chain)]
    env = {name: str(path) for name, path in env.items()}
    served = serve(server, ECHO, arguments=arguments, env=env, secure=True)
    own, other = {"origin": served.origin}, {"origin": f"http://{served.host}"}
    async with Polling(served, headers=own) as client, Socket(served, headers=own) as socket:
        for one, transport in ((client, "polling"), (socket, "websocket")):
            await one.join()
            await works(one, transport)
            assert (await one.ask("facts"))[0]["wsgi.url_scheme"] == "https"
        upgraded = Socket(served, sid=client.sid, headers=own)
        await upgraded.open()
        await upgraded.send("2probe")
        assert await upgraded.receive() == "3probe"
        await upgraded.aclose()
    async with http_client(served) as http:
        query = {"EIO": "4", "transport": "polling"}
        assert (await http.get("/socket.io/", params=query, headers=other)).status_code == 400
    with pytest.raises(InvalidStatus):
        await open_websocket(served, "EIO=4&transport=websocket", headers=other)


async def test_the_loop_for_tls(serve, certificate):
    """What a transport of its own could do otherwise: buffers, ends, large messages."""
    pytest.importorskip("aiofastnet")
    files = ("--ssl-keyfile", str(certificate.key), "--ssl-certfile", str(certificate.chain))
    loop = ("--loop", "sio_asgi.uvicorn.loops:fast_tls")
    options = {"max_queue_bytes": 300_000}
    served = serve("uvicorn-sio", ECHO, arguments=(*files, *loop), options=options, secure=True)
    await both_transports_and_the_upgrade(served, "/socket.io/", {})
    async with Socket(served) as client:
        await client.join()
        large = bytes(250_000)
        assert await client.ask("ask", large) == [large]
    await clients_vanish(served)
    await never_reads(served)
    await ends_gracefully(served)


# Lifespan and the end ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [*(name for name in SERVERS if name != "daphne"), *FRAMEWORKS],  # daphne has none
)
async def test_the_lifespan_goes_to_the_other_application(serve, server):
    served = serve(server, "tests.apps.life:app", env={"SIO_TEST_LIFE": "forwarded"})
    assert "other application: startup" in served.log()
    async with Socket(served) as client:
        await client.join()
    served.stop()
    assert "other application: shutdown" in served.log()


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn", "granian"])
@pytest.mark.parametrize("life", ["hooks", "hooks, no other"])
async def test_hooks_take_the_place_of_the_other_applications_lifespan(serve, server, life):
    served = serve(server, "tests.apps.life:app", env={"SIO_TEST_LIFE": life})
    async with Socket(served) as client:
        await client.join()
        # granian 2.8 now and then panics where a WebSocket is open at its end, in its own Rust.
        if server != "granian":
            served.stop()
            await client.ended()
    served.stop()
    log = served.log()
    assert log.count("hook: started") == 1
    assert log.count("hook: stopped, 0 sessions") == 1
    assert "other application: " not in log


# daphne cuts off its clients before it tells the application.
GRACEFUL = (
    "uvicorn-sio",
    "uvicorn-sansio",
    "uvicorn-websockets",
    "uvicorn-wsproto",
    "hypercorn",
    "granian",
    *FRAMEWORKS,
    *GUNICORN_AIOHTTP,
)


@pytest.mark.parametrize("server", [name for name in SERVERS if name not in GRACEFUL])
async def test_the_process_ends_whatever_is_open(serve, server):
    served = serve(server, ECHO, env={"SIO_TEST_RUN": f"abrupt {server}"})
    async with Polling(served) as client, Socket(served) as socket:
        sids = [await client.join(), await socket.join()]
        poll = asyncio.create_task(client.request())
        await polling_begun(served, client)
        served.process.terminate()
        await asyncio.gather(poll, return_exceptions=True)
        await socket.ended()
        await asyncio.to_thread(served.wait_ended)
    if server != "daphne":  # daphne stops its event loop before a handler can run
        for sid in sids:
            assert served.log().count(f"left: {sid} ") == 1


# Slow readers, and the end -----------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [
        "uvicorn-sio",
        "uvicorn-sansio",
        "uvicorn-websockets",
        "uvicorn-wsproto",
        "hypercorn",
        "granian",
        *FRAMEWORKS,
    ],
)
async def test_a_client_that_never_reads_is_closed_and_others_go_on(serve, server):
    await never_reads(serve(server, ECHO, options=OTHERWISE))


@pytest.mark.parametrize("server", GRACEFUL)
async def test_the_end_of_the_process_is_graceful(serve, server):
    # The last test with these servers, of those of this module.
    more = {} if server in GUNICORN_AIOHTTP else {"options": OTHERWISE}
    await ends_gracefully(serve(server, ECHO, **more))


# Static files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    folder = root / "site"
    (folder / "public" / "css").mkdir(parents=True)
    (folder / "index.html").write_text("<p>index")
    (root / "secret.txt").write_text("secret")
    (folder / "secret.txt").write_text("secret")
    public = folder / "public"
    for name in ("index.html", "app.js", "data.json", "a b.txt", "raw.bin", "noext", "page.HTML"):
        (public / name).write_text(f"this is {name}")
    for name in ("image.gif", "image.png", "image.jpg", "css/style.css", "css/index.html"):
        (public / name).write_text(f"this is {name}")
    (public / ".env").write_text("secret")
    (public / "large.bin").write_bytes(bytes(300_000))
    (public / "out.txt").symlink_to(root / "secret.txt")
    (public / "outside").symlink_to(root)
    (public / "inside.txt").symlink_to(public / "data.json")
    return folder


@pytest.fixture(params=["uvicorn", "werkzeug"])
def static(
    serve: Callable[..., Served], files: Path, request: pytest.FixtureRequest
) -> Callable[[str], Served]:
    def start(index: str = "") -> Served:
        env = {"SIO_TEST_FILES": str(files), "SIO_TEST_INDEX": index}
        return serve(request.param, "tests.apps.static:app", env=env)

    return start


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/", "text/html", b"<p>index"),
        ("/plain", "text/plain", b"<p>index"),
        ("/one.js", "application/javascript", b"this is app.js"),
        ("/static/app.js", "application/javascript", b"this is app.js"),
        ("/static/data.json", "application/json", b"this is data.json"),
        ("/static/css/style.css", "text/css", b"this is css/style.css"),
        ("/static/image.gif", "image/gif", b"this is image.gif"),
        ("/static/image.png", "image/png", b"this is image.png"),
        ("/static/image.jpg", "image/jpeg", b"this is image.jpg"),
        ("/static/a%20b.txt", "text/plain", b"this is a b.txt"),
        ("/static/raw.bin", "application/octet-stream", b"this is raw.bin"),
        ("/static/large.bin", "application/octet-stream", bytes(300_000)),
        ("/static/noext", "application/octet-stream", b"this is noext"),
        ("/static/page.HTML", "text/html", b"this is page.HTML"),
        ("/static/inside.txt", None, b"this is data.json"),
        ("/static/?query=1", "text/html", b"this is index.html"),
        ("/static/", "text/html", b"this is index.html"),
        ("/static/css/", "text/html", b"this is css/index.html"),
        ("/typed/noext", "text/x-special", b"this is noext"),
    ],
)
def test_files_are_served_with_their_type(static, path, kind, body):
    status, headers, answer = get(static(), path)
    assert (status, answer) == (200, body)
    assert kind is None or headers["content-type"].partition(";")[0] == kind
    assert headers["content-length"] == str(len(body))
    assert headers["x-content-type-options"] == "nosniff"
    status, headers, answer = get(static(), path, "HEAD")
    assert (status, answer, headers["content-length"]) == (200, b"", str(len(body)))


@pytest.mark.parametrize(
    "path",
    [
        "/static",
        "/static/css",
        "/static/none.txt",
        "/missing",
        "/elsewhere",
        "/staticx/app.js",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/static/css/../../secret.txt",
        "/static/..%5csecret.txt",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/%2f%2fetc%2fpasswd",
        "/static/.env",
        "/static/css/../.env",
        "/static/out.txt",
        "/static/outside/secret.txt",
        "/static/outside/site/index.html",
        "/static/app.js%00.txt",
        "/static/app.js/",
        "/static/" + "a" * 5000,
        "/static/" + "a/" * 2000 + "b",
        "/secret.txt",
        "/index.html",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_nothing_else_is_served(static, path, method):
    status, _, body = get(static(), path, method)
    assert status == 404
    assert b"secret" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_can_only_be_read(static, method):
    status, headers, body = get(static(), "/static/app.js", method)
    assert status == 405
    assert "GET" in headers["allow"]
    assert b"this is" not in body


def test_the_endpoint_comes_before_files(static):
    status, _, body = get(static(), "/socket.io/hidden")
    assert (status, b"index" in body) == (400, False)


@pytest.mark.parametrize(("index", "kind"), [("file", "image/gif"), ("typed", "text/plain")])
def test_the_index_may_be_another_file(static, index, kind):
    status, headers, body = get(static(index), "/static/")
    assert (status, body) == (200, b"this is image.gif")
    assert headers["content-type"].partition(";")[0] == kind
    assert get(static(index), "/static/css/")[0] == 404
