"""The examples for WSGI, run as their users run them."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.raw import Client, Polling, Socket, http_client, upgrade
from tests.support.servers import Served

NAMES = ("flask-votes", "django-visitors", "plain-wsgi")
pytest_plugins = ["tests.support.example_servers"]

QUESTIONS = {
    "flask-votes": '["vote","tea"]',
    "django-visitors": '["say","hello"]',
    "plain-wsgi": '["unfollow"]',
}
every_example = pytest.mark.parametrize("name", NAMES)
both_transports = pytest.mark.parametrize("transport", [Polling, Socket])


# Flask --------------------------------------------------------------------------------------


@both_transports
async def test_votes(start: Callable[..., Served], transport: type[Client]) -> None:
    served = start("flask-votes")
    async with transport(served) as client, Socket(served) as other, http_client(served) as http:
        for one in (client, other):
            await one.join()
            assert await one.event() == ["votes", {"coffee": 0, "tea": 0}]
        await client.send('420["vote","tea"]')
        answers = {await client.receive(), await client.receive()}
        assert answers == {'42["votes",{"coffee":0,"tea":1}]', "430[true]"}
        assert await other.event() == ["votes", {"coffee": 0, "tea": 1}]
        # The page counts with them, and its views reach them.
        answer = await http.post("/votes/coffee")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        for one in (client, other):
            assert await one.event() == ["votes", {"coffee": 1, "tea": 1}]
        page = (await http.get("/")).text
        assert re.findall(r"<button>(\w+)</button> (\d+)", page) == [("coffee", "1"), ("tea", "1")]


async def test_votes_for_nothing_are_not_counted(start: Callable[..., Served]) -> None:
    served = start("flask-votes")
    async with Socket(served) as client, http_client(served) as http:
        await client.join()
        await client.event()
        for choice in ("water", None, 7, ["tea"], {"tea": 1}):
            assert await client.ask("vote", choice) == [False]
        assert (await http.post("/votes/water")).status_code == 404
        assert (await http.get("/elsewhere")).status_code == 404


# Django -------------------------------------------------------------------------------------


async def enter(served: Served, name: str) -> dict[str, str]:
    """Say a name on Django's page. Returns the headers of whoever has said it."""
    async with http_client(served) as http:
        page = (await http.get("/")).text
        assert "Who are you?" in page
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        form = {"csrfmiddlewaretoken": found.group(1), "name": name}
        assert (await http.post("/", data=form)).status_code == 302
        assert f"Hello, {html.escape(name)}" in (await http.get("/")).text
        return {"Cookie": f"sessionid={http.cookies['sessionid']}"}


@both_transports
async def test_visitors(start: Callable[..., Served], transport: Any) -> None:
    served = start("django-visitors")
    async with transport(served, headers=await enter(served, "Ada <3")) as ada:
        await ada.join()
        headers = await enter(served, "Ben")
        assert await ada.event() == ["seen", "Ben is at the door"]
        async with transport(served, headers=headers) as ben:
            await ben.join()
            assert await ada.event() == ["seen", "Ben came in"]
            async with http_client(served) as http:
                assert "2 here now" in (await http.get("/")).text
                assert (await http.get("/elsewhere")).status_code == 404
            await ben.send('420["say","hello"]')
            answers = {await ben.receive(), await ben.receive()}
            assert answers == {'42["said","Ben","hello"]', '430["delivered"]'}
            assert await ada.event() == ["said", "Ben", "hello"]
            await ben.send("41")
            assert await ada.event() == ["seen", "Ben left"]


@pytest.mark.parametrize("cookie", ["", "sessionid=forged", "sessionid=a:b:c; other=1"])
async def test_who_has_not_said_a_name_is_refused(
    start: Callable[..., Served], cookie: str
) -> None:
    served = start("django-visitors")
    async with Socket(served, headers={"Cookie": cookie}) as client:
        await client.send("40")
        assert await client.receive() == '44{"message":"say your name on the page first"}'


async def test_a_form_without_its_token_is_refused(start: Callable[..., Served]) -> None:
    async with http_client(start("django-visitors")) as http:
        assert (await http.post("/", data={"name": "Eve"})).status_code == 403


# Plain WSGI ---------------------------------------------------------------------------------


@both_transports
async def test_feed(start: Callable[..., Served], transport: type[Client]) -> None:
    served = start("plain-wsgi", "--interval", "0.05")
    async with transport(served) as client, http_client(served) as http:
        assert (await http.get("/")).text == "A feed for Socket.IO clients.\n"
        assert (await http.get("/elsewhere")).status_code == 404
        await client.join()
        assert await client.ask("follow") == ["following"]
        name, first = await client.event()
        assert [name, await client.event()] == ["number", ["number", first + 1]]
        await client.send('427["unfollow"]')
        while (packet := await client.receive()) != '437["not following"]':
            assert str(packet).startswith('42["number",')


@every_example
async def test_the_upgrade(start: Callable[..., Served], name: str) -> None:
    served = start(name)
    headers = await enter(served, "Ada") if name == "django-visitors" else {}
    async with Polling(served, headers=headers) as polling:
        await polling.join()
        if name == "flask-votes":
            assert (await polling.event())[0] == "votes"
        assert polling.opened["upgrades"] == ["websocket"]
        candidate = await upgrade(polling)
        await candidate.send("427" + QUESTIONS[name])
        while not str(packet := await candidate.receive()).startswith("437["):
            assert str(packet).startswith("42[")
        await candidate.aclose()
