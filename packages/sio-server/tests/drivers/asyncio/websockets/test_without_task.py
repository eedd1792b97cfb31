"""`websockets/without_task.py`: what does not wait is done when the call returns."""

import asyncio

from sio_server.drivers.asyncio.websockets.without_task import DONE, run_until_waiting


async def test_what_is_done_does_not_wait():
    assert run_until_waiting(DONE) is None
    await DONE


async def test_what_waits_is_to_be_awaited():
    steps = []
    go_on = asyncio.Event()

    async def work():
        steps.append("begun")
        await go_on.wait()
        steps.append("ended")

    rest = run_until_waiting(work())
    assert rest is not None
    assert steps == ["begun"]
    go_on.set()
    await rest
    assert steps == ["begun", "ended"]
