"""`flows.py`: a flow gets what its calls return or raise, whether they are awaited or not."""

import asyncio

import pytest

from sio_core.handlers.flows import resolve, run, run_awaiting


def adding(seen):
    first = yield lambda: 1
    try:
        yield lambda: 1 / 0
    except ZeroDivisionError as error:
        seen.append(type(error))
    second = yield lambda: 2
    return first + second


def ending(seen):
    try:
        yield lambda: next(iter(()))
    except StopIteration:
        seen.append("ended")
    return "on"


def nothing(seen):
    return "at once"
    yield


FLOWS = [
    (adding, 3, [ZeroDivisionError]),
    (ending, "on", ["ended"]),
    (nothing, "at once", []),
]


@pytest.mark.parametrize(("flow", "result", "notes"), FLOWS)
def test_a_flow_is_sent_results_and_thrown_exceptions(flow, result, notes):
    seen = []
    assert run(flow(seen)) == result
    assert asyncio.run(run_awaiting(flow(seen))) == result
    assert seen == notes * 2


def test_a_coroutine_is_awaited():
    async def four():
        await asyncio.sleep(0)
        return 4

    def flow():
        return (yield four)

    assert asyncio.run(run_awaiting(flow())) == 4
    assert asyncio.run(resolve(four())) == asyncio.run(resolve(4)) == 4


def test_results_are_checked():
    def refusing(result):
        if result == 2:
            raise ValueError
        return -result

    def flow():
        first = yield lambda: 1
        try:
            yield lambda: 2
        except ValueError:
            return first

    assert run(flow(), refusing) == -1


def test_what_a_flow_does_not_catch_comes_out():
    def flow():
        try:
            yield lambda: [][0]
        finally:
            seen.append("finally")

    seen = []
    with pytest.raises(IndexError):
        run(flow())
    with pytest.raises(IndexError):
        asyncio.run(run_awaiting(flow()))
    assert seen == ["finally"] * 2


async def test_a_flow_hears_of_a_cancellation():
    def flow():
        try:
            yield lambda: asyncio.sleep(60)
        except asyncio.CancelledError:
            yield lambda: seen.append("cancelled")
            raise

    seen = []
    task = asyncio.create_task(run_awaiting(flow()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]
