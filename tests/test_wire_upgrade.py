"""Moving a session from polling to WebSocket, step by step (Engine.IO protocol 4, "Upgrade")."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from tests.support.checks import refuses_websocket
from tests.support.raw import Closed, Polling, Socket, http_client, left, upgrade
from tests.support.servers import WIRE, Served, few_elsewhere

pytest_plugins = ["tests.support.serving"]

ECHO = "tests.apps.echo:app"


SERVERS = ["uvicorn-sio", "uvicorn-sansio", "uvicorn-wsproto", *WIRE[1:]]
WHERE = {"fixture": "served", "servers": SERVERS, "whole": ["uvicorn-sio", "werkzeug"]}


@pytest.fixture(params=SERVERS)
def served(serve: Callable[..., Served], request: pytest.FixtureRequest) -> Served:
    return serve(request.param, ECHO)


async def candidate(client: Polling) -> Socket:
    socket = Socket(client.served, sid=client.sid)
    await socket.open()
    return socket


async def test_the_whole_upgrade(served):
    async with Polling(served) as client:
        sid = await client.join()
        waiting = asyncio.create_task(client.request())
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        # The poll that was waiting is let go, so that the client can pause.
        assert (await waiting).text == "6"
        await socket.send("5")
        await socket.emit("echo", 1, b"\1")
        socket.opened = client.opened
        assert await socket.event() == ["echoed", 1, b"\1"]
        facts = await socket.ask("facts")
        assert facts[0]["transport"] == "websocket"
        # The environment is that of the request that began the session.
        assert "transport=polling" in facts[0]["QUERY_STRING"]
        await socket.aclose()
        assert (await left(served, sid))["reason"] == "transport close"


async def test_polls_during_the_probe_are_answered_with_noops(served):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        for _ in range(2):
            assert (await client.request()).text == "6"
        await socket.send("5")
        assert await socket.ask("ask", 1) == [1]
        await socket.aclose()


async def test_packets_flow_over_polling_until_the_upgrade(served):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await client.emit("echo", "over polling")
        assert await client.event() == ["echoed", "over polling"]
        await socket.send("5")
        assert await socket.ask("ask", "over websocket") == ["over websocket"]
        await socket.aclose()


@pytest.mark.parametrize("server", SERVERS)
async def test_what_was_queued_for_polling_goes_out_on_the_websocket_in_order(serve, server):
    # Handlers in threads overlap unless they are asked not to.
    served = serve(server, ECHO, options={"async_handlers": False})
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        for number in range(20):
            await client.send(f'42["echo",{number}]')
        await socket.send("5")
        for number in range(20):
            assert await socket.event() == ["echoed", number]
        await socket.aclose()


async def test_after_the_upgrade_polling_is_refused_and_the_session_lives_on(served):
    async with Polling(served) as client:
        await client.join()
        socket = await upgrade(client)
        assert await socket.ask("ask", 1) == [1]
        for method in ("GET", "POST"):
            response = await client.request(method, "41")
            assert response.status_code == 400
            assert response.json()["code"] == 3
        assert await socket.ask("ask", 2) == [2]
        await socket.aclose()


async def test_a_poll_beside_the_upgrade_is_refused_whichever_is_read_first(served):
    async with Polling(served) as client, http_client(served) as http:
        await client.join()
        socket = await candidate(client)
        poll = asyncio.create_task(client.request())
        assert (await http.get(f"/poll/{client.sid}")).text == "waiting"
        await socket.send("5")
        response = await poll
        assert (response.status_code, response.json()["code"]) == (400, 3)
        assert await socket.ask("ask", 1) == [1]
        await socket.aclose()


FIRST = ["2", "2prob", "3probe", "4hello", "40", "6", "abc", "", b"\1"]


@few_elsewhere("first", FIRST, ["", b"\1"], **WHERE)
async def test_anything_but_the_probe_closes_the_candidate_alone(served, first):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send(first)
        assert await socket.closed_with() == 1000
        assert await client.ask("ask", 1) == [1]
        again = await upgrade(client)
        assert await again.ask("ask", 2) == [2]
        await again.aclose()


@few_elsewhere("second", ["2probe", '42["echo",1]', "6"], ["2probe"], **WHERE)
async def test_anything_but_the_upgrade_after_the_probe_closes_the_candidate_alone(served, second):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.send(second)
        assert await socket.closed_with() == 1000
        assert await client.ask("ask", 1) == [1]


async def test_a_candidate_that_goes_away_leaves_the_session_on_polling(served):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await socket.aclose()
        assert await client.ask("ask", 1) == [1]
        # Another try is allowed as soon as the server has seen the end of the first.
        again = await upgrade(client)
        assert await again.ask("ask", 2) == [2]
        await again.aclose()


async def test_a_second_candidate_is_closed_and_the_first_goes_on(served):
    async with Polling(served) as client:
        await client.join()
        socket = await candidate(client)
        second = await candidate(client)
        assert await second.closed_with() == 1000
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        third = await candidate(client)
        assert await third.closed_with() == 1000
        await socket.aclose()
        assert await client.ask("ask", 1) == [1]


async def test_an_upgraded_session_takes_no_other_websocket(served):
    async with Polling(served) as client:
        sid = await client.join()
        socket = await upgrade(client)
        assert await socket.ask("ask", 1) == [1]
        second = await candidate(client)
        assert await second.closed_with() == 1000
        assert await socket.ask("ask", 2) == [2]
        await socket.aclose()
        assert (await left(served, sid))["times"] == 1


@few_elsewhere("query", ["sid=forged", "sid=forged&EIO=3"], ["sid=forged"], **WHERE)
async def test_a_forged_session_id_is_refused(served, query):
    await refuses_websocket(served, f"EIO=4&transport=websocket&{query}")


async def test_a_session_that_ends_while_it_is_probed_closes_the_candidate(served):
    async with Polling(served) as client:
        sid = await client.join()
        socket = await candidate(client)
        await socket.send("2probe")
        assert await socket.receive() == "3probe"
        await client.send('42["close"]')
        assert await socket.closed_with() == 1000
        assert (await left(served, sid))["reason"] == "server disconnect"


async def test_an_upgrade_that_takes_too_long_closes_the_candidate_alone(serve_wire):
    served = serve_wire(ECHO, options={"upgrade_timeout": 0.2})
    async with Polling(served) as client:
        await client.join()
        silent = await candidate(client)
        assert await silent.closed_with() == 1000
        probed = await candidate(client)
        with contextlib.suppress(Closed):  # on a slow machine it may be over already
            await probed.send("2probe")
        assert await probed.closed_with() == 1000
        assert await client.ask("ask", 1) == [1]


async def test_without_upgrades_none_is_offered_and_none_taken(serve_wire):
    served = serve_wire(ECHO, options={"allow_upgrades": False})
    async with Polling(served) as client:
        assert client.opened["upgrades"] == []
        await refuses_websocket(served, f"EIO=4&transport=websocket&sid={client.sid}")
        await client.join()
        assert await client.ask("ask", 1) == [1]
