"""`flows.py`: both runners make the same calls, and hand on what they return or raise."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sio_client.handlers.flows import Flow, run, run_awaiting


def flow(story: list[Any], *calls: Callable[[], Any]) -> Flow[str]:
    for call in calls:
        try:
            story.append((yield call))
        except BaseException as error:
            story.append(type(error))
            if isinstance(error, KeyboardInterrupt):
                raise
    return "end"


def one() -> int:
    return 1


async def two() -> int:
    await asyncio.sleep(0)
    return 2


def wrong() -> None:
    raise ArithmeticError


async def cancelled() -> None:
    raise asyncio.CancelledError


def interrupted() -> None:
    raise KeyboardInterrupt


def test_without_waiting() -> None:
    story: list[Any] = []
    assert run(flow(story, one, wrong, one)) == "end"
    assert story == [1, ArithmeticError, 1]


async def test_with_waiting() -> None:
    story: list[Any] = []
    assert await run_awaiting(flow(story, one, two, wrong, cancelled, two)) == "end"
    assert story == [1, 2, ArithmeticError, asyncio.CancelledError, 2]


async def test_what_a_flow_raises() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(flow([], interrupted, one))
    with pytest.raises(KeyboardInterrupt):
        await run_awaiting(flow([], interrupted, one))


async def test_a_flow_without_calls() -> None:
    assert run(flow([])) == await run_awaiting(flow([])) == "end"
