"""The examples for frameworks of asyncio, run as their users run them."""

import pytest

from tests.support.raw import Polling, Socket, http_client

pytest_plugins = ["tests.support.example_servers"]

both_transports = pytest.mark.parametrize("transport", [Polling, Socket])


# aiohttp ------------------------------------------------------------------------------------


@both_transports
async def test_notes(start, transport):
    served = start("aiohttp-notes", "--interval", "0.05")
    async with http_client(served) as http:
        assert (await http.post("/enter/Ada")).text == "Hello\n"
        assert (await http.post("/notes", content="buy tea")).status_code == 201
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}
        async with transport(served, headers=headers) as ada:
            await ada.join()
            found = [await ada.event(), await ada.event()]
            assert ["notes", [{"name": "Ada", "text": "buy tea"}]] in found
            assert ["people", 1] in found
            await ada.send('427["write","and milk"]')
            answers = {await ada.receive(), await ada.receive()}
            assert answers == {'42["note",{"name":"Ada","text":"and milk"}]', "437[true]"}
            assert (await http.post("/notes", content="from a route")).status_code == 201
            assert await ada.event() == ["note", {"name": "Ada", "text": "from a route"}]
            for nothing in ("", None, 7, ["x"], "x" * 1001):
                assert await ada.ask("write", nothing) == [False]
        assert (await http.post("/notes", content="")).status_code == 400
        assert len((await http.get("/notes")).json()) == 3


async def test_who_has_not_said_a_name_is_refused(start):
    served = start("aiohttp-notes")
    async with Socket(served) as client:
        await client.send("40")
        assert await client.receive() == '44{"message":"POST your name to /enter/<name> first"}'
