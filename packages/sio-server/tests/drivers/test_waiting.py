"""Coroutines that a thread runs: they end without being suspended, or say that they were."""

import asyncio

import pytest

from sio_server.drivers.entrance import run_to_end, run_waited, waited


async def flow(seen):
    seen.append(await waited(1))
    try:
        seen.append(await waited(2))
    finally:
        seen.append("over")
    return seen


async def failing():
    await waited(1)
    raise KeyError("x")


async def suspended(seen):
    try:
        await asyncio.sleep(0)
    finally:
        seen.append("over")


def test_it_runs_to_its_end():
    seen = []
    assert run_waited(flow(seen)) is seen
    assert seen == [1, 2, "over"]
    run_to_end(flow(seen))
    assert seen == [1, 2, "over"] * 2


@pytest.mark.parametrize("run", [run_waited, run_to_end])
def test_what_it_raises_is_raised(run):
    with pytest.raises(KeyError):
        run(failing())


@pytest.mark.parametrize("run", [run_waited, run_to_end])
def test_one_that_is_suspended_is_ended_and_named(run):
    seen = []
    with pytest.raises(RuntimeError, match="suspended"):
        run(suspended(seen))
    assert seen == ["over"]
