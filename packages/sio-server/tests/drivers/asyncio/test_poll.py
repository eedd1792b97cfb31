"""`drivers/asyncio/poll.py`: polls that wait, and clients that hang up meanwhile."""

import asyncio
from contextvars import ContextVar

import pytest

from sio_server.drivers.asyncio import poll as module
from sio_server.drivers.asyncio.poll import Poll, PollWatch

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="none")


class Client:
    """A client, and how often and in which context somebody asked whether it hung up."""

    def __init__(self) -> None:
        self.hung_up = asyncio.Event()
        self.watched: list[str] = []

    async def gone(self) -> None:
        self.watched.append(REQUEST.get())
        await self.hung_up.wait()


async def waiting(client: Client, watch: PollWatch) -> tuple[Poll, "asyncio.Task[bool]"]:
    """A poll that has begun to wait."""
    poll = Poll(asyncio.get_running_loop())
    task = asyncio.create_task(poll.wait(client.gone, watch))
    await asyncio.sleep(0)
    return poll, task


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.01)


def test_a_poll_that_is_soon_answered_is_not_watched() -> None:
    async def run() -> None:
        client, watch = Client(), PollWatch()
        poll, task = await waiting(client, watch)
        assert watch.polls == {poll}
        poll.wake()
        assert await task is True
        assert client.watched == []
        assert watch.polls == set()

    asyncio.run(run())


@pytest.mark.usefixtures("soon")
def test_a_client_that_hangs_up_ends_its_poll() -> None:
    async def run() -> None:
        watch = PollWatch()
        for _ in range(2):  # the timer is set again for what comes after it has expired
            client, other = Client(), Client()
            _, task = await waiting(client, watch)
            other_poll, other_task = await waiting(other, watch)
            client.hung_up.set()
            assert await asyncio.wait_for(task, 10) is False
            assert not other_task.done()
            other_poll.wake()
            assert await other_task is True

    asyncio.run(run())


@pytest.mark.usefixtures("soon")
def test_a_client_is_watched_in_the_context_of_its_request() -> None:
    async def run() -> None:
        clients, watch = [Client() for _ in "ab"], PollWatch()
        polls = []
        for client, name in zip(clients, "ab", strict=True):
            REQUEST.set(name)
            polls.append(await waiting(client, watch))
        REQUEST.set("neither")
        async with asyncio.timeout(10):
            while not all(client.watched for client in clients):
                await asyncio.sleep(0.001)
        assert [client.watched for client in clients] == [["a"], ["b"]]
        for poll, task in polls:
            poll.wake()
            assert await task is True

    asyncio.run(run())


@pytest.mark.usefixtures("soon")
def test_polls_of_a_second_event_loop_are_watched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = PollWatch()

    async def leave() -> None:
        _, task = await waiting(Client(), watch)
        task.cancel()

    async def hang_up() -> None:
        client = Client()
        client.hung_up.set()
        _, task = await waiting(client, watch)
        assert await asyncio.wait_for(task, 10) is False

    monkeypatch.setattr(module, "CHECK_SECONDS", 60.0)
    asyncio.run(leave())
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.01)
    asyncio.run(hang_up())
