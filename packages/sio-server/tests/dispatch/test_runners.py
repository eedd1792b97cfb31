"""`runners.py`: a blocking flow refuses a coroutine that a function returns."""

import asyncio

import pytest

from sio_server.dispatch.runners import run, run_awaiting


def test_a_coroutine_is_awaited_or_refused():
    async def four():
        await asyncio.sleep(0)
        return 4

    def flow():
        return (yield four)

    assert asyncio.run(run_awaiting(flow())) == 4
    with pytest.raises(TypeError, match="use AsyncServer"):
        run(flow())
