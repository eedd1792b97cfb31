"""The WSGI adapter under each web server and in each async mode: the checks that ASGI passes."""

import asyncio
import contextlib
import re
import socket as sockets
import time
from collections.abc import Callable

import pytest
from websockets.exceptions import InvalidStatus

from tests.support import stopping
from tests.support.certificates import Certificate, make_certificate
from tests.support.checks import (
    both_transports_and_the_upgrade,
    clients_vanish,
    ends_at_once,
    ends_gracefully,
    environment_is_true,
    never_reads,
    refuses_websocket,
    works,
)
from tests.support.raw import (
    LIMIT,
    Polling,
    Socket,
    half_a_post,
    http_client,
    left,
    open_websocket,
    whole_answer,
)
from tests.support.servers import OPENS_FIRST, WSGI_COMMANDS, Served
from tests.support.stopping import serve_stopping

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
SERVERS = [name for name in WSGI_COMMANDS if name != "waitress"]
SHAPES = {
    "alone": "/socket.io/",
    "in front": "/socket.io/",
    "own path": "/my/own/",
    "everything": "/any/where",
    "flask": "/socket.io/",
    "mounted": "/ws/socket.io/",
}
every_server = pytest.mark.parametrize("server", SERVERS)
OTHERWISE = {"max_queue_bytes": 300_000, "body_timeout": 0.5, "async_handlers": False}
"""Of one server more of each kind, for all tests that need other options than the usual ones."""


def serve_otherwise(serve: Callable[..., Served], server: str) -> Served:
    """Return that server; a test at the end of this module ends it."""
    # More than clients get to hear of the end: who is left then is killed, and that is logged.
    arguments = ["--graceful-timeout", "10"] if server.startswith("gunicorn") else []
    return serve(server, ECHO, arguments=arguments, options=OTHERWISE)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@every_server
async def test_both_transports_and_the_upgrade(serve, server):
    await both_transports_and_the_upgrade(serve(server, ECHO), "/socket.io/", {})


@pytest.mark.parametrize("shape", SHAPES)
async def test_every_shape_of_application(serve, shape):
    served = serve("werkzeug", "tests.apps.shapes:app")
    await both_transports_and_the_upgrade(served, SHAPES[shape], {"x-shape": shape})


@pytest.mark.parametrize("shape", ["alone", "in front", "flask", "mounted"])
async def test_other_paths_go_elsewhere(serve, shape):
    served = serve("werkzeug", "tests.apps.shapes:app")
    headers = {"x-shape": shape}
    async with http_client(served) as http:
        answer = await http.get("/page", headers=headers)
        wanted = (404, "Not Found") if shape == "alone" else (200, "other page")
        assert (answer.status_code, answer.text) == wanted
        assert (await http.get("/socket.iox/", headers=headers)).status_code == 404


@every_server
@pytest.mark.parametrize("query", ["transport=websocket&sid=forged&EIO=4", "transport=nonsense"])
async def test_a_websocket_is_refused_with_a_real_response(serve, server, query):
    served = serve(server, ECHO)
    words = "Session ID unknown" if "sid" in query else "Transport unknown"
    await refuses_websocket(served, query, text=words)
    async with Socket(served) as client:
        await client.join()
        await works(client, "websocket")


@every_server
async def test_bad_input_is_answered_alike(serve, server):
    served = serve(server, ECHO)
    async with Polling(served) as client, Socket(served) as socket:
        await socket.join()
        sid = await client.join()
        response = await client.request("POST", b"4" * 1_500_000)
        assert response.status_code == 413
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
        assert await socket.closed_with() == 1009
        assert (await left(served, sid))["detail"] == "payload too large"
    async with Socket(served) as socket:
        sid = await socket.join()
        await socket.ws.send(["4", *[""] * 16_384])  # a fragment each
        assert await socket.closed_with() == 1008
        assert (await left(served, sid))["detail"] == "WebSocket limit passed"


@every_server
async def test_clients_that_vanish_are_noticed(serve, server):
    await clients_vanish(serve(server, ECHO))


@every_server
@pytest.mark.parametrize("transport", [Polling, Socket])
async def test_the_environment_tells_the_truth(serve, server, transport):
    await environment_is_true(serve(server, ECHO), transport)


@every_server
async def test_a_client_that_never_reads_is_closed_and_others_go_on(serve, server):
    await never_reads(serve_otherwise(serve, server))


@pytest.mark.parametrize("server", stopping.SERVERS)
async def test_the_documented_lines_make_the_end_graceful(serve, server):
    await ends_gracefully(serve_stopping(serve, server, ECHO))


# HTTP --------------------------------------------------------------------------------------


@every_server
async def test_a_connection_that_will_be_closed_is_said_to_be(serve, server):
    served = serve(server, ECHO)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    target = "/socket.io/?EIO=4&transport=polling"
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: {served.host}\r\nConnection: close\r\n\r\n".encode()
    )
    async with asyncio.timeout(LIMIT):
        answer = await reader.read()  # to the end of the connection
    writer.close()
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b"}")


DELAY = 0.04
"""Seconds for which Linux puts an acknowledgement off, at least."""
KEEP_CONNECTIONS = [name for name in SERVERS if name not in ("werkzeug", "uwsgi")]
"""The others close each with its answer, and so its last segment leaves at once."""


@pytest.mark.parametrize("server", KEEP_CONNECTIONS)
async def test_no_answer_waits_for_the_clients_acknowledgement_of_a_segment(serve, server):
    """Head and body in two segments, by Nagle's algorithm: the second waits 40 ms.

    From the head to the end of an answer a server has nothing to do: on a busy machine, too, that
    takes no time for some of many answers, and the 40 ms for nearly all where one waits.
    """
    served = serve(server, ECHO)
    async with Polling(served) as client:
        await client.join()
        target = f"/socket.io/?EIO=4&transport=polling&sid={client.sid}"
        head = f"{target} HTTP/1.1\r\nHost: {served.host}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        waits = []
        for number in range(20):
            event = f'42{number}["ask",{number}]'
            post = f"POST {head}Content-Length: {len(event)}\r\n\r\n{event}"
            for request in (post, f"GET {head}\r\n"):
                writer.write(request.encode())
                async with asyncio.timeout(LIMIT):
                    answer = await reader.readuntil(b"\r\n\r\n")
                    begun = time.perf_counter()
                    size = re.search(rb"\r\ncontent-length: *(\d+)\r\n", answer.lower())
                    assert size, answer
                    await reader.readexactly(int(size[1]))
                waits.append(time.perf_counter() - begun)
        writer.close()
        assert sorted(waits)[4] < DELAY / 2, waits


@every_server
@pytest.mark.parametrize("length", ["1_0", "-5", "+1"])
async def test_a_length_of_a_body_has_digits_only(serve, server, length):
    served = serve(server, ECHO)
    async with Polling(served) as client:
        await client.join()
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        target = f"/socket.io/?EIO=4&transport=polling&sid={client.sid}"
        head = f"POST {target} HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: {length}"
        writer.write(f"{head}\r\n\r\n3333333333".encode())
        async with asyncio.timeout(LIMIT):
            answer = await whole_answer(reader)
        writer.close()
        assert answer.split(b" ")[1] == b"400"
        assert await client.ask("ask", 1) == [1]


@every_server
async def test_a_body_that_does_not_come_is_given_up(serve, server):
    served = serve_otherwise(serve, server)
    async with Polling(served) as client:
        sid = await client.join()
        reader, writer = await half_a_post(served, client.sid)
        async with asyncio.timeout(LIMIT):
            answer = await reader.read()  # and the connection ends
        writer.close()
        assert answer.split(b" ")[1] == b"408"
        facts = await left(served, sid)
        assert (facts["reason"], facts["detail"]) == (
            "transport error",
            "request body took too long",
        )


@every_server
async def test_a_body_does_not_outlive_its_session(serve, server):
    served = serve(server, ECHO)
    async with Polling(served) as client:
        sid = await client.join()
        reader, writer = await half_a_post(served, client.sid)
        async with asyncio.timeout(LIMIT):
            # Once both are there they overlap, which ends the session.
            while (await client.request("POST", "3")).status_code == 200:
                await asyncio.sleep(0.02)
            await left(served, sid)
            answer = await whole_answer(reader)
        writer.close()
        assert answer.split(b" ")[1] == b"400"


# Handshakes --------------------------------------------------------------------------------

BAD_OPENINGS = {
    "another version": ("Sec-WebSocket-Version: 8", 426),
    "no version": ("X-None: 1", 400),
    "no key": ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ", 400),
    "a short key": ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YWJj", 400),
}


@pytest.mark.parametrize("server", [name for name in SERVERS if name not in OPENS_FIRST])
@pytest.mark.parametrize("opening", BAD_OPENINGS)
async def test_a_bad_opening_handshake_is_refused(serve, server, opening):
    served = serve(server, ECHO)
    lines, status = BAD_OPENINGS[opening]
    answer = await raw_request(served, f"Upgrade: websocket\r\nConnection: Upgrade\r\n{lines}")
    assert answer.split()[1] == str(status).encode()


async def test_the_connection_of_a_websocket_that_is_refused_ends(serve):
    served = serve("pywsgi", ECHO)  # it would keep it for ever
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    lines = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
    head = f"GET /socket.io/?EIO=4&transport=websocket&sid=forged HTTP/1.1\r\n{lines}"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(f"{head}\r\nHost: {served.host}\r\n{key}\r\n\r\n".encode())
    async with asyncio.timeout(LIMIT):
        answer = await reader.read()  # to the end of the connection
    writer.close()
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b"Session ID unknown")


async def raw_request(served: Served, headers: str) -> bytes:
    """Send the head of a request for a WebSocket. Returns the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    target = "/socket.io/?EIO=4&transport=websocket"
    writer.write(f"GET {target} HTTP/1.1\r\nHost: {served.host}\r\n{headers}\r\n\r\n".encode())
    async with asyncio.timeout(LIMIT):
        answer = await whole_answer(reader)
    writer.close()
    return answer


# Servers without sockets -------------------------------------------------------------------


async def test_a_server_without_sockets_is_polling_only_and_says_so_once(serve):
    served = serve("waitress", ECHO)
    async with Polling(served) as client, Polling(served) as other:
        for one in (client, other):
            await one.join()
            await works(one, "polling")
        assert other.opened["upgrades"] == []
        with pytest.raises(InvalidStatus) as caught:
            await open_websocket(served, "EIO=4&transport=websocket")
        assert caught.value.response.status_code == 400
    assert served.log().count("does not give its sockets to applications") == 1


async def test_uwsgi_logs_a_websocket_as_one(serve):
    served = serve("uwsgi", ECHO, arguments=["--log-zero"])  # answers without a body, that is
    async with Socket(served) as client, Socket(served) as other:
        sids = [await client.join(), await other.join()]
        await client.emit("close")
        await client.closed_with()
        other.ws.transport.abort()
        for sid in sids:
            await left(served, sid)
    assert await asyncio.to_thread(logged, served, "transport=websocket", 2)
    lines = [line for line in served.log().splitlines() if "transport=websocket" in line]
    assert all("(HTTP/1.1 101)" in line for line in lines)


def logged(served: Served, text: str, count: int) -> bool:
    """Wait until the log has `text` as often as that."""
    deadline = time.monotonic() + LIMIT
    while served.log().count(text) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return served.log().count(text) >= count


# Misbehaviour ------------------------------------------------------------------------------


async def misbehave(served: Served) -> None:
    """Come and go in every way that is not foreseen."""
    head = f"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {served.host}\r\n"
    for data in (head, head + "Content-Length: 100\r\n\r\nabc", "GET /socket.io/?EIO=4&tran"):
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(data.encode())
        await writer.drain()
        writer.transport.abort()
    await clients_vanish(served)
    async with Socket(served) as client:
        sid = await client.join()
        # The head of a frame of a hundred bytes, and then a reset.
        raw = client.ws.transport.get_extra_info("socket")
        client.ws.transport.write(b"\x81\xe4abcd")
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.ws.transport.abort()
        await left(served, sid)
    client = Socket(served)
    await client.open()
    sid = await client.join()
    # Closing is asked for, and never answered: the server lets go by itself.
    client.ws.transport.pause_reading()
    await client.send('42["close"]')
    await left(served, sid)
    client.ws.transport.abort()


@every_server
async def test_misbehaviour_leaves_nothing_behind(serve, server):
    served = serve(server, ECHO)
    async with http_client(served) as http:

        async def counted() -> dict[str, int]:
            return (await http.get("/journal-counts")).json()

        await asyncio.gather(*(misbehave(served) for _ in range(3)))
        before = await counted()  # whatever is made once is made by now
        for _ in range(2):
            await asyncio.gather(*(misbehave(served) for _ in range(3)))
        async with asyncio.timeout(30):
            while any(now > before[name] for name, now in (await counted()).items()):
                await asyncio.sleep(0.05)  # threads and sockets may still be on their way out


# Order and TLS -----------------------------------------------------------------------------


@every_server
async def test_handlers_of_one_client_run_in_order_where_that_is_asked_for(serve, server):
    served = serve_otherwise(serve, server)
    async with Polling(served) as polling, Socket(served) as socket:
        for client in (polling, socket):
            await client.join()
            await client.send(*(f'42["echo",{number}]' for number in range(100)))
            assert [(await client.event())[1] for _ in range(100)] == list(range(100))


@every_server
async def test_a_burst_of_one_client_is_answered_in_order(serve, server):
    served = serve(server, ECHO)
    async with Polling(served) as polling, Socket(served) as socket:
        for client in (polling, socket):
            await client.join()
            await client.send(*(f'42["echo",{number}]' for number in range(100)))
            assert [(await client.event())[1] for _ in range(100)] == list(range(100))


@every_server
async def test_no_handler_finds_what_one_of_another_client_left(serve, server):
    served = serve(server, ECHO)
    async with contextlib.AsyncExitStack() as stack:
        kinds = [Polling, Socket, Socket, Socket]
        clients = [await stack.enter_async_context(kind(served)) for kind in kinds]
        for client in clients:
            await client.join()
        for _ in range(5):
            for number, client in enumerate(clients):
                [found] = await client.ask("remember", number)
                assert found in ("nobody", number)
        found = await asyncio.gather(*(client.ask("remember", "x") for client in clients))
        assert all(before in (["nobody"], [number]) for number, before in enumerate(found))


@every_server
async def test_concurrent_emits_never_mix_the_frames_of_one_message(serve, server):
    served = serve(server, ECHO)
    async with Socket(served) as reader, Socket(served) as one, Socket(served) as other:
        for client in (reader, one, other):
            await client.join()
        for number in range(50):
            data = bytes([number]) * 1000
            await one.emit("say", "one", data)
            await other.emit("say", "other", data)
        for client in (reader, one, other):
            for _ in range(100):
                # `event` takes exactly the attachments that belong to the packet.
                name, _, data = await client.event()
                assert name == "said"
                assert data == data[:1] * 1000


TLS = [name for name in SERVERS if name not in ("uwsgi", *OPENS_FIRST)]


@pytest.mark.parametrize("server", TLS)
async def test_both_transports_over_tls(serve, server, certificate):
    env = {"SIO_TEST_CERT": str(certificate.chain), "SIO_TEST_KEY": str(certificate.key)}
    arguments = []
    if server.startswith("gunicorn"):
        arguments = ["--certfile", str(certificate.chain), "--keyfile", str(certificate.key)]
    served = serve(server, ECHO, env=env, arguments=arguments, secure=True)
    await both_transports_and_the_upgrade(served, "/socket.io/", {})
    async with Socket(served) as client:
        await client.join()
        big = "x" * 900_000
        assert await client.ask("ask", big) == [big]


# The end -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    ["gunicorn", "gunicorn-gevent", "gunicorn-gevent-websocket", "gunicorn-eventlet"],
)
async def test_the_end_of_the_process_is_graceful(serve, server):
    await ends_gracefully(serve_otherwise(serve, server))


@pytest.mark.parametrize(
    "server", [name for name in WSGI_COMMANDS if not name.startswith("gunicorn")]
)
async def test_without_a_handler_for_signals_the_process_ends_at_once(serve, server):
    if server == "waitress":
        await ends_at_once(serve(server, ECHO))
    else:
        await ends_at_once(serve_otherwise(serve, server), Socket)
