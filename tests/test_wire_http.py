"""The HTTP surface of Engine.IO protocol 4, seen from outside a running server."""

import asyncio
import contextlib
import gzip
import json
import time
import zlib
from base64 import b64encode
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.support.checks import refuses_websocket
from tests.support.raw import (
    LIMIT,
    SEPARATOR,
    Closed,
    Polling,
    Socket,
    http_client,
    left,
)
from tests.support.servers import Served, few_elsewhere, over_all_but

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"
PATH = "/socket.io/"
# Of three servers more, each for all tests whose options go together. Of the last two no answer is
# one that a web server has not passed on elsewhere in this file.
MORE = {"functions": True, "cookie": "io", "jsonp": True}
LESS = {"transports": ["polling"], "cors_allowed_origins": []}
ONE = {"transports": "websocket", "cors_allowed_origins": ["https://app.example"]}
MESSAGES = {
    0: "Transport unknown",
    1: "Session ID unknown",
    2: "Bad handshake method",
    3: "Bad request",
    4: "Forbidden",
    5: "Unsupported protocol version",
}


@pytest.fixture
def served(serve_wire: Callable[..., Served]) -> Served:
    return serve_wire(ECHO)


@pytest.fixture
async def http(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client(served) as client:
        yield client


def refused(response: httpx.Response, code: int, message: str = "") -> None:
    assert response.status_code == (403 if code == 4 else 400), response.text
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"code": code, "message": message or MESSAGES[code]}


# The handshake -----------------------------------------------------------------------------


async def test_the_open_packet_has_exactly_its_five_keys(http):
    response = await http.get(PATH, params={"EIO": "4", "transport": "polling", "t": "abc.de"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; charset=UTF-8"
    assert response.headers["cache-control"] == "no-store"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.text.startswith("0{")
    opened = json.loads(response.text[1:])
    sid = opened.pop("sid")
    assert len(sid) == 20
    assert opened == {
        "upgrades": ["websocket"],
        "pingInterval": 25000,
        "pingTimeout": 20000,
        "maxPayload": 1000000,
    }


async def test_a_websocket_handshake_offers_no_upgrades(served):
    async with Socket(served) as client:
        assert client.opened["upgrades"] == []
        assert set(client.opened) == {
            "sid",
            "upgrades",
            "pingInterval",
            "pingTimeout",
            "maxPayload",
        }


async def test_every_session_has_its_own_id_and_the_public_one_differs(served):
    async with Polling(served) as one, Polling(served) as other:
        assert one.sid != other.sid
        assert await one.join() not in (one.sid, other.sid)


@few_elsewhere("revision", ["3", "5", "abc", "", None], ["3"])
async def test_other_revisions_are_refused(http, revision):
    query = {"transport": "polling"} if revision is None else {"EIO": revision}
    refused(await http.get(PATH, params={"transport": "polling", **query}), 5)


@few_elsewhere("transport", ["abc", "webtransport", "", None, "__proto__"], ["", None])
async def test_an_unknown_transport_is_refused(http, transport):
    query = {"EIO": "4"} if transport is None else {"EIO": "4", "transport": transport}
    refused(await http.get(PATH, params=query), 0)


async def test_a_websocket_handshake_without_upgrade_is_a_bad_request(http):
    refused(await http.get(PATH, params={"EIO": "4", "transport": "websocket"}), 3)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_handshake_is_a_get(http, method):
    refused(await http.request(method, PATH, params={"EIO": "4", "transport": "polling"}), 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_sid_is_refused(http, method):
    query = {"EIO": "4", "transport": "polling", "sid": "forged-sid-forged-20"}
    refused(await http.request(method, PATH, params=query), 1)


@pytest.mark.parametrize("sid", ["__proto__", "a" * 5000, "%00", "‰"])
async def test_a_strange_sid_is_an_unknown_one(http, sid):
    refused(await http.get(PATH, params={"EIO": "4", "transport": "polling", "sid": sid}), 1)


REFUSED = [
    ("EIO=4&transport=abc", MESSAGES[0]),
    ("EIO=4&transport=websocket&sid=forged", MESSAGES[1]),
    ("EIO=4&transport=polling", MESSAGES[3]),
    ("EIO=3&transport=websocket", MESSAGES[5]),
    ("transport=websocket", MESSAGES[5]),
]


@few_elsewhere("query,message", REFUSED, REFUSED[1:3])
async def test_a_refused_websocket_gets_the_message_as_text(served, query, message):
    await refuses_websocket(served, query, text=message)


async def test_the_applications_functions_are_asked(serve_wire):
    served = serve_wire(ECHO, options=MORE)
    query = {"EIO": "4", "transport": "polling"}
    async with http_client(served) as http, Polling(served) as polling, Socket(served) as socket:
        refused(await http.get(PATH, params={**query, "deny": "1"}), 4, "not today")
        refused(await http.get(PATH, params={**query, "no": "1"}), 4)
        await refuses_websocket(served, "EIO=4&transport=websocket&deny", 403, "not today")
        assert polling.sid.startswith("session-")
        assert socket.opened["sid"].startswith("session-")
        assert await polling.join()
        allowed = await http.get(PATH, params=query, headers={"origin": "https://app.example"})
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        refused(await http.get(PATH, params=query, headers={"origin": "https://b.example"}), 3)


async def test_transports_that_are_switched_off_are_unknown(serve_driver):
    served = serve_driver(ECHO, options=LESS)
    async with Polling(served) as client:
        assert client.opened["upgrades"] == []
        query = f"EIO=4&transport=websocket&sid={client.sid}"
        await refuses_websocket(served, query, text=MESSAGES[0])
        assert await client.join()
    served = serve_driver(ECHO, options=ONE)
    async with http_client(served) as http, Socket(served) as client:
        refused(await http.get(PATH, params={"EIO": "4", "transport": "polling"}), 0)
        assert await client.join()


async def test_a_later_request_has_the_revision_of_its_session(served, http):
    async with Polling(served) as client:
        await client.join()
        for revision in ({"EIO": "3"}, {}):
            query = {"transport": "polling", "sid": client.sid, **revision}
            refused(await http.get(PATH, params=query), 3)
            refused(await http.post(PATH, params=query, content="2probe"), 3)
        assert await client.ask("ask", 1) == [1]


@pytest.mark.parametrize("path", ["/socket.io", "/socket.io/"])
async def test_the_final_slash_of_the_path_is_optional(served, path):
    async with Polling(served, path) as client:
        assert await client.join()


@pytest.mark.parametrize("path", ["/", "/socket.iox/", "/other/socket.io/", "/socket"])
async def test_other_paths_are_not_ours(http, path):
    response = await http.get(path, params={"EIO": "4", "transport": "polling"})
    assert (response.status_code, response.text) == (404, "other application")


# Polling -----------------------------------------------------------------------------------


async def test_text_and_binary_go_both_ways_in_one_payload(served):
    async with Polling(served) as client:
        await client.join()
        await client.send(
            '42["echo","a€😀"]', '451-["echo",{"_placeholder":true,"num":0}]', b"\1\2"
        )
        # Handlers that run at the same time, in threads, may answer in any order.
        answers = [await client.event() for _ in range(2)]
        assert sorted(answers, key=repr) == [["echoed", "a€😀"], ["echoed", b"\1\2"]]


async def test_a_binary_packet_is_the_letter_b_and_base64(served):
    async with Polling(served) as client:
        await client.join()
        data = bytes(range(256))
        packet = "b" + b64encode(data).decode()
        head = '451-["echo",{"_placeholder":true,"num":0}]'
        response = await client.request("POST", head + SEPARATOR + packet)
        assert (response.status_code, response.text) == (200, "ok")
        assert response.headers["content-type"] == "text/html"
        body = ""
        while packet not in body.split(SEPARATOR):
            body = (await client.request()).text


async def test_more_than_sixteen_packets_fit_in_one_post(served):
    async with Polling(served) as client:
        await client.join()
        await client.send(*(f'42["echo",{number}]' for number in range(200)))
        answers = [await client.event() for _ in range(200)]
        # Handlers that run at the same time, in threads, may answer in any order.
        assert sorted(answers) == [["echoed", n] for n in range(200)]


async def test_overlapping_polls_end_the_session(served):
    async with Polling(served) as client:
        sid = await client.join()
        first, second = await asyncio.gather(client.request(), client.request())
        refusals = [answer for answer in (first, second) if answer.status_code == 400]
        answers = [answer for answer in (first, second) if answer.status_code == 200]
        assert [answer.text for answer in answers] == ["1"]
        assert len(refusals) == 1
        refused(refusals[0], 3)
        assert await left(served, sid) == {
            "reason": "transport error",
            "detail": "overlapping poll",
            "rooms": [sid],
            "namespace": "/",
            "times": 1,
        }
        refused(await client.request(), 1)


async def test_overlapping_posts_end_the_session(served):
    async with Polling(served) as client:
        sid = await client.join()
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def slowly():
            yield b'42["echo",'
            arrived.set()
            await go_on.wait()
            yield b'"late"]'

        slow = asyncio.create_task(client.request("POST", slowly()))
        await arrived.wait()
        # The server may see the second request first: then the slow one is the overlap.
        while (response := await client.request("POST", '42["echo",1]')).status_code == 200:
            pass
        assert response.status_code == 400
        go_on.set()
        with contextlib.suppress(httpx.ReadError):  # hung up on, while the rest was on its way
            assert (await slow).status_code == 400
        facts = await left(served, sid)
        assert (facts["reason"], facts["detail"]) == ("transport error", "overlapping post")


async def test_a_client_that_hangs_up_during_a_poll_has_left(served):
    async with Polling(served) as client:
        sid = await client.join()
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"GET {PATH}?EIO=4&transport=polling&sid={client.sid} HTTP/1.1\r\n"
            f"Host: {served.host}\r\n\r\n".encode()
        )
        await writer.drain()
        async with http_client(served) as http:
            assert (await http.get(f"/poll/{client.sid}")).text == "waiting"
        writer.close()
        facts = await left(served, sid)
        assert facts["reason"] == "transport error"
        assert facts["detail"] == "polling connection closed prematurely"


async def test_a_close_packet_answers_the_poll_with_a_noop_and_ends_the_session(served, http):
    async with Polling(served) as client:
        sid = await client.join()
        poll = asyncio.create_task(client.request())
        assert (await http.get(f"/poll/{client.sid}")).text == "waiting"
        assert (await client.request("POST", "1")).text == "ok"
        assert (await poll).text == "6"
        assert (await left(served, sid))["reason"] == "transport close"
        refused(await client.request(), 1)


async def test_a_close_packet_that_comes_before_its_poll_answers_that_too(served):
    while True:
        async with Polling(served) as client:
            sid = await client.join()
            began = time.monotonic()
            assert (await client.request("POST", "1")).text == "ok"
            poll = await client.request()
            if time.monotonic() - began > 0.2:
                continue  # it may not have come in time
            assert (poll.status_code, poll.text) == (200, "6")
            refused(await client.request(), 1)
            assert (await left(served, sid))["reason"] == "transport close"
            return


async def test_packets_behind_a_close_packet_are_dropped(served):
    async with Polling(served) as client, Polling(served) as other:
        await client.join()
        await other.join()
        await client.send('42["say","before"]', "1", '42["say","after"]')
        # Events of two clients have no order between them, in threads.
        assert await other.event() == ["said", "before"]
        await other.emit("say", "end")
        assert await other.event() == ["said", "end"]


async def test_a_server_side_close_is_a_close_packet(served):
    async with Polling(served) as client:
        sid = await client.join()
        await client.emit("close")
        assert await client.receive() == "41"
        with pytest.raises(Closed, match="close packet"):
            await client.receive()
        assert (await left(served, sid))["reason"] == "server disconnect"
        refused(await client.request(), 1)


async def test_after_the_end_of_a_session_its_id_is_unknown(served):
    async with Polling(served) as client:
        refused(await client.request("POST", "7"), 3)  # which ends it
        refused(await client.request(), 1)
        refused(await client.request("POST", "40"), 1)


async def test_other_methods_on_a_session_are_not_allowed(served):
    async with Polling(served) as client:
        response = await client.request("PUT", "40")
        assert response.status_code == 405
        assert "GET" in response.headers["allow"]
        assert await client.join()


async def test_the_websocket_transport_cannot_be_polled(served):
    async with Socket(served) as client, http_client(served) as http:
        sid = await client.join()
        for method in ("GET", "POST"):
            query = {"EIO": "4", "transport": "polling", "sid": client.opened["sid"]}
            refused(await http.request(method, PATH, params=query, content=b"1"), 3)
        async with Socket(served, sid=client.opened["sid"]) as second:
            assert await second.closed_with() == 1000
        assert await client.ask("ask", sid) == [sid]


# Bad bodies --------------------------------------------------------------------------------


BAD_BODIES = [
    (b"", "parse error: unknown packet type"),
    (b"\xff\xfe", "parse error: payload is not UTF-8"),
    (b"bAQID", "parse error: binary frame without a packet"),
    (SEPARATOR.encode() * 20_000, "parse error: too many packets in one payload"),
    (b"abc", "parse error: unknown packet type"),
    (b'42["echo",1]' + SEPARATOR.encode(), "parse error: unknown packet type"),
    (b'42["echo","\xed\xa0\x80"]', "parse error: payload is not UTF-8"),
    (b"b===", "parse error: binary packet is not base64"),
    (b"b!!!!", "parse error: binary packet is not base64"),
    (b"2", "invalid heartbeat direction"),
]


@few_elsewhere("body,detail", BAD_BODIES, BAD_BODIES[:4])
async def test_a_bad_body_ends_this_session_alone(served, body, detail):
    async with Polling(served) as bystander, Polling(served) as client:
        await bystander.join()
        sid = await client.join()
        response = await client.request("POST", body)
        if b"bAQID" not in body:  # that one is a sound payload: Socket.IO refuses it
            refused(response, 3)
        facts = await left(served, sid)
        assert (facts["reason"], facts["detail"]) == ("transport error", detail)
        refused(await client.request(), 1)
        assert await bystander.ask("ask", "still", 1) == ["still", 1]


async def test_octet_streams_are_refused_and_change_nothing(served):
    async with Polling(served) as client:
        await client.join()
        client.http.headers["content-type"] = "application/octet-stream"
        refused(await client.request("POST", b"\x00\x04\xff4abc"), 3)
        del client.http.headers["content-type"]
        assert await client.ask("ask", 1) == [1]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_that_is_too_large_is_a_413(served, streamed):
    body = b"4" + b"x" * 1_000_000

    async def chunks():
        for at in range(0, len(body), 50_000):
            yield body[at : at + 50_000]

    async with Polling(served) as client:
        await client.join()
        response = await client.request("POST", chunks() if streamed else body)
        assert response.status_code == 413
        # The session ends with it, as with the reference server.
        refused(await client.request(), 1)


async def test_a_body_of_just_the_limit_is_taken(served):
    frame = '42["ask","' + "x" * (1_000_000 - 12) + '"]'
    assert len(frame) == 1_000_000
    async with Polling(served) as client:
        await client.join()
        response = await client.request("POST", frame.encode())
        assert (response.status_code, response.text) == (200, "ok")
        assert await client.ask("ask", 1) == [1]


# The router of uWSGI resets a connection with an unread body, and the answer may be lost.
@over_all_but("uwsgi")
async def test_a_body_that_never_ends_is_cut_off_at_the_limit(served):
    """Without Content-Length and for as long as the server reads."""
    async with Polling(served) as client:
        await client.join()
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            f"POST {PATH}?EIO=4&transport=polling&sid={client.sid} HTTP/1.1\r\n"
            f"Host: {served.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b"4" * 0x10000 + b"\r\n"
        for _ in range(32):
            writer.write(chunk)
        async with asyncio.timeout(LIMIT):
            # A web server that closes with an unread body resets the connection, and the reset
            # may overtake the answer. The session is over all the same.
            with contextlib.suppress(ConnectionError):
                assert (await reader.readline()).startswith(b"HTTP/1.1 413")
        writer.close()
        refused(await client.request(), 1)


# Compression, cookies, origins -------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("gzip;q=0, deflate", "deflate"),
        ("gzip;q=0", ""),
        ("br", ""),
        ("identity", ""),
    ],
)
async def test_large_answers_are_compressed_as_the_client_allows(served, accepted, used):
    async with Polling(served) as client:
        await client.join()
        await client.emit("echo", "x" * 5000)
        query = {"EIO": "4", "transport": "polling", "sid": client.sid}
        request = client.http.build_request(
            "GET", PATH, params=query, headers={"accept-encoding": accepted}
        )
        response = await client.http.send(request, stream=True)
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
        assert response.headers.get("content-encoding", "") == used
        plain = {"gzip": gzip.decompress, "deflate": zlib.decompress, "": bytes}[used](raw)
        assert plain == b'42["echoed","' + b"x" * 5000 + b'"]'


async def test_small_answers_are_not_compressed(http):
    response = await http.get(
        PATH, params={"EIO": "4", "transport": "polling"}, headers={"accept-encoding": "gzip"}
    )
    assert "content-encoding" not in response.headers


async def test_a_cookie_is_set_by_the_handshake_alone(serve_wire):
    served = serve_wire(ECHO, options=MORE)
    async with Polling(served) as client:
        assert client.http.cookies["io"] == client.sid
        response = await client.request("POST", "40")
        assert "set-cookie" not in response.headers


async def test_without_the_option_there_is_no_cookie(http):
    response = await http.get(PATH, params={"EIO": "4", "transport": "polling"})
    assert "set-cookie" not in response.headers


async def test_the_same_origin_is_allowed_and_told_so(served, http):
    response = await http.get(
        PATH, params={"EIO": "4", "transport": "polling"}, headers={"origin": served.origin}
    )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == served.origin
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "http://a b"])
async def test_another_origin_is_refused_without_permissions(served, http, origin):
    response = await http.get(
        PATH, params={"EIO": "4", "transport": "polling"}, headers={"origin": origin}
    )
    refused(response, 3)
    assert "access-control-allow-origin" not in response.headers


async def test_a_websocket_of_another_origin_is_refused(served):
    query = "EIO=4&transport=websocket"
    await refuses_websocket(served, query, origin="http://elsewhere.example")
    async with Socket(served, origin=served.origin) as client:
        assert await client.join()


async def test_a_preflight_is_answered_for_allowed_origins(serve_wire):
    await asks_before(serve_wire(ECHO, options=MORE))


async def test_a_preflight_is_answered_for_origins_of_a_list(serve_driver):
    await asks_before(serve_driver(ECHO, options=ONE))


async def asks_before(served: Served) -> None:
    """Make two preflights, of an origin that is allowed and of one that is not."""
    headers = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-token",
    }
    async with http_client(served) as http:
        response = await http.options(PATH, params={"EIO": "4"}, headers=headers)
        assert response.status_code in (200, 204)
        assert response.headers["access-control-allow-origin"] == "https://app.example"
        assert "POST" in response.headers["access-control-allow-methods"]
        assert response.headers["access-control-allow-headers"] == "x-token"
        headers["origin"] = "https://evil.example"
        refused(await http.options(PATH, params={"EIO": "4"}, headers=headers), 3)


async def test_no_origin_is_checked_where_that_is_switched_off(serve_driver):
    served = serve_driver(ECHO, options=LESS)
    async with http_client(served) as http:
        response = await http.get(
            PATH,
            params={"EIO": "4", "transport": "polling"},
            headers={"origin": "http://elsewhere.example"},
        )
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


# JSONP -------------------------------------------------------------------------------------


async def test_jsonp_is_off_unless_asked_for(http):
    response = await http.get(PATH, params={"EIO": "4", "transport": "polling", "j": "0"})
    refused(response, 3)


async def test_jsonp_answers_are_javascript(serve_wire):
    served = serve_wire(ECHO, options=MORE)
    async with http_client(served) as http:
        query = {"EIO": "4", "transport": "polling", "j": "7"}
        response = await http.get(PATH, params=query)
        assert response.headers["content-type"] == "text/javascript; charset=UTF-8"
        assert response.headers["x-content-type-options"] == "nosniff"
        text = response.text
        assert text.startswith("___eio[7](")
        assert text.endswith(");")
        payload = json.loads(text.removeprefix("___eio[7](").removesuffix(");"))
        query["sid"] = json.loads(payload[1:])["sid"]
        done = await http.post(PATH, params=query, data={"d": "40"})
        assert done.text == "ok"
        connected = await http.get(PATH, params=query)
        assert connected.text.startswith('___eio[7]("40{')
        for index in ("alert(1)", "", "-1"):
            refused(await http.get(PATH, params={**query, "j": index}), 3)


async def test_a_body_that_breaks_off_ends_its_session_and_nothing_else(served):
    async with Polling(served) as client, Polling(served) as other:
        await client.join()
        await other.join()
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        target = f"/socket.io/?EIO=4&transport=polling&sid={client.sid}"
        head = f"POST {target} HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: 100\r\n\r\n"
        writer.write(head.encode() + b"42[")
        await writer.drain()
        writer.transport.abort()
        await client.ended()
        assert await other.ask("ask", 1) == [1]
