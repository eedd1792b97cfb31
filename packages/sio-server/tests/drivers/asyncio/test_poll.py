"""`drivers/asyncio/driver.py`: polls that wait, and clients that hang up meanwhile."""

import asyncio
from contextvars import ContextVar

import pytest

from sio_server.drivers.asyncio.driver import Poll

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="none")
HANG = 20.0


class Client:
    """A client: what is asked of its web server, and in which context."""

    def __init__(self, *, late: bool = False, error: Exception | None = None) -> None:
        self.hung_up = asyncio.Event()
        self.watched: list[str] = []
        self.late = late
        """Whether `gone` finds out only when it is cancelled."""
        self.error = error

    async def gone(self) -> None:
        self.watched.append(REQUEST.get())
        try:
            await (asyncio.Event() if self.late else self.hung_up).wait()
        except asyncio.CancelledError:
            if not self.hung_up.is_set():
                raise
        if self.error is not None:
            raise self.error


class Waiting:
    """A poll that has begun to wait, in a task of its own."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.task = asyncio.create_task(self._wait())
        self.poll: Poll
        self.cancelling = -1

    async def _wait(self) -> bool:
        self.poll = Poll(asyncio.get_running_loop())
        try:
            return await self.poll.wait(self._client.gone)
        finally:
            task = asyncio.current_task()
            assert task is not None
            self.cancelling = task.cancelling()

    async def begun(self) -> "Waiting":
        while not self._client.watched:
            await asyncio.sleep(0)
        return self

    async def result(self) -> bool:
        async with asyncio.timeout(HANG):
            return await self.task


async def test_a_poll_wakes_and_its_task_is_as_it_was() -> None:
    waiting = await Waiting(Client()).begun()
    waiting.poll.wake()
    waiting.poll.wake()
    assert await waiting.result() is True
    assert waiting.cancelling == 0


async def test_a_poll_that_was_woken_does_not_wait() -> None:
    client = Client()
    poll = Poll(asyncio.get_running_loop())
    poll.wake()
    assert await poll.wait(client.gone) is True
    assert client.watched == []


@pytest.mark.parametrize("error", [None, OSError("reset")])
async def test_a_client_that_hangs_up_ends_its_poll(error: Exception | None) -> None:
    client = Client(error=error)
    waiting = await Waiting(client).begun()
    client.hung_up.set()
    assert await waiting.result() is False
    assert waiting.cancelling == 0


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("error", [None, OSError("reset")])
async def test_no_answer_is_for_a_client_that_has_hung_up(
    late: bool, error: Exception | None
) -> None:
    client = Client(late=late, error=error)
    waiting = await Waiting(client).begun()
    client.hung_up.set()
    waiting.poll.wake()
    assert await waiting.result() is False
    assert waiting.cancelling == 0


async def test_who_cancels_the_request_is_heard_even_if_the_poll_wakes() -> None:
    for first in ("wake", "cancel"):
        waiting = await Waiting(Client()).begun()
        calls = [waiting.poll.wake, waiting.task.cancel]
        for call in calls if first == "wake" else reversed(calls):
            call()
        with pytest.raises(asyncio.CancelledError):
            await waiting.result()


async def test_an_interruption_is_no_wake() -> None:
    waiting = await Waiting(Client()).begun()
    waiting.poll.wake()
    waiting.poll.interrupt()
    with pytest.raises(asyncio.CancelledError):
        await waiting.result()


async def test_a_time_limit_around_the_request_goes_on_counting() -> None:
    async def request() -> bool:
        async with asyncio.timeout(HANG) as limit:
            poll = Poll(asyncio.get_running_loop())
            asyncio.get_running_loop().call_soon(poll.wake)
            woken = await poll.wait(Client().gone)
            assert not limit.expired()
        return woken

    assert await asyncio.create_task(request()) is True


async def test_a_client_is_watched_in_the_context_of_its_request() -> None:
    client = Client()
    REQUEST.set("a")
    waiting = await Waiting(client).begun()
    assert client.watched == ["a"]
    waiting.poll.wake()
    assert await waiting.result() is True
