"""How handlers get their tasks, and the rules that rest on it (row 7), on every Python alike."""

import asyncio
import contextvars
import logging

import pytest

from sio_server import AsyncServer
from sio_server.dispatch.asyncio import HandlerTasks
from sio_server.dispatch.handler_tasks import EAGER
from sio_server.dispatch.reused_tasks_py311 import MAX_IDLE

VARIABLE = contextvars.ContextVar("VARIABLE", default="unset")


class Work:
    """A job around a coroutine; keeps what became of it in `log`."""

    def __init__(self, log, coroutine):
        self.log = log
        self.awaitable = coroutine

    def finish(self, result):
        self.log.append(("result", result))

    async def fail(self, error):
        self.log.append(("error", str(error)))

    def end(self):
        self.log.append("end")


async def value(result):
    return result


async def waits(future):
    return await future


async def settled(jobs):
    """Wait until no job runs or waits."""
    async with asyncio.timeout(20):
        while running := jobs.tasks() or getattr(jobs, "_waiting", None):
            if isinstance(running, list):
                await asyncio.wait(running)
            else:
                await asyncio.sleep(0)


def start(jobs, *works):
    for work in works:
        jobs.start(work, asyncio.get_running_loop())


# The runners ------------------------------------------------------------


async def test_results_errors_and_ends_in_order():
    async def fails():
        raise ValueError("own")

    jobs, log = HandlerTasks(), []
    start(jobs, Work(log, value(1)), Work(log, fails()), Work(log, value(2)))
    await settled(jobs)
    assert log == [("result", 1), "end", ("error", "own"), "end", ("result", 2), "end"]


async def test_jobs_that_do_not_wait_take_no_task_each():
    loop = asyncio.get_running_loop()
    made = []

    def factory(loop, coroutine, **kwargs):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **kwargs)

    jobs, log = HandlerTasks(), []
    loop.set_task_factory(factory)
    try:
        start(jobs, *(Work(log, value(n)) for n in range(100)))
        if EAGER:
            assert len(log) == 200, "done on the spot"
        await asyncio.sleep(0)
        assert len(log) == 200, "done within one turn"
        start(jobs, *(Work(log, value(n)) for n in range(100)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(log) == 400
    finally:
        loop.set_task_factory(None)
    assert len(made) <= 2, "a runner, and one more to look whether that one waits"


async def test_a_job_that_waits_does_not_hold_up_those_behind_it():
    jobs, log, gate = HandlerTasks(), [], asyncio.get_running_loop().create_future()
    start(jobs, *(Work(log, value(n)) for n in range(2)))
    start(jobs, Work(log, waits(gate)), *(Work(log, value(n)) for n in range(2, 4)))
    async with asyncio.timeout(20):
        while len(log) < 8:
            await asyncio.sleep(0)
    assert [entry for entry in log if entry != "end"] == [("result", n) for n in range(4)]
    gate.set_result("late")
    await settled(jobs)
    assert log[-2:] == [("result", "late"), "end"]


async def test_many_jobs_that_wait_run_side_by_side():
    jobs, log, gate = HandlerTasks(), [], asyncio.get_running_loop().create_future()
    count = MAX_IDLE * 2
    started = []

    async def work(number):
        started.append(number)
        return await asyncio.shield(gate)

    start(jobs, *(Work(log, work(number)) for number in range(count)))
    async with asyncio.timeout(20):
        while len(started) < count:
            await asyncio.sleep(0)
    assert started == list(range(count)), "begun in order"
    assert len(jobs.tasks()) == count
    gate.set_result(None)
    await settled(jobs)
    assert log.count("end") == count
    if not EAGER:
        assert len(jobs._idle) <= MAX_IDLE
        assert not jobs._busy
    assert not jobs._tasks


async def test_a_job_that_is_cancelled_ends_and_the_next_one_runs():
    jobs, log, gate = HandlerTasks(), [], asyncio.get_running_loop().create_future()
    start(jobs, Work(log, waits(gate)))
    await asyncio.sleep(0)
    (task,) = jobs.tasks()
    task.cancel()
    start(jobs, Work(log, value("next")))
    await settled(jobs)
    assert sorted(map(str, log)) == ["('result', 'next')", "end", "end"]


async def test_a_job_that_cancels_its_own_task_harms_nobody():
    async def cancels():
        asyncio.current_task().cancel()

    jobs, log = HandlerTasks(), []
    start(jobs, Work(log, cancels()), Work(log, value(1)), Work(log, value(2)))
    async with asyncio.timeout(20):
        while log.count("end") < 3:
            await asyncio.sleep(0)
    assert ("result", 1) in log
    assert ("result", 2) in log


async def test_a_task_that_a_job_kept_is_not_given_to_another():
    kept, seen = [], []

    async def keeps():
        kept.append(asyncio.current_task())

    async def looks():
        seen.append(asyncio.current_task())

    jobs, log = HandlerTasks(), []
    start(jobs, Work(log, keeps()), Work(log, looks()), Work(log, looks()))
    async with asyncio.timeout(20):
        while log.count("end") < 3:
            await asyncio.sleep(0)
    assert kept[0] not in seen
    async with asyncio.timeout(20):
        await asyncio.wait(kept)
    assert kept[0].done()


async def test_context_variables_concern_one_job_alone():
    seen = []

    async def changes(number):
        seen.append(VARIABLE.get())
        VARIABLE.set(number)
        await asyncio.sleep(0)
        assert VARIABLE.get() == number

    async def sets(number):
        seen.append(VARIABLE.get())
        VARIABLE.set(number)

    jobs, log = HandlerTasks(), []
    for _ in range(2):
        start(jobs, *(Work(log, work(number)) for number in range(5) for work in (sets, changes)))
        await settled(jobs)
    assert seen == ["unset"] * 20
    assert VARIABLE.get() == "unset"
    assert not [entry for entry in log if entry != "end" and entry[0] == "error"]


@pytest.mark.parametrize("wait", [False, True])
async def test_a_job_has_the_context_that_it_was_started_in(wait):
    seen = []

    async def looks():
        if wait:
            await asyncio.sleep(0)
        seen.append(VARIABLE.get())
        VARIABLE.set("own")

    jobs, log = HandlerTasks(), []
    contexts = [contextvars.copy_context() for _ in range(3)]
    for number, context in enumerate(contexts):
        context.run(VARIABLE.set, number)
    for _ in range(2):
        for context in contexts:
            context.run(start, jobs, Work(log, looks()))
        start(jobs, Work(log, looks()))
        await settled(jobs)
    assert sorted(map(str, seen)) == sorted(["0", "1", "2", "unset"] * 2)
    assert [context[VARIABLE] for context in contexts] == [0, 1, 2]
    assert not jobs._tasks


async def test_the_end_waits_for_what_runs():
    jobs, log, gate = HandlerTasks(), [], asyncio.get_running_loop().create_future()
    start(jobs, Work(log, waits(gate)))
    await asyncio.sleep(0)
    tasks = jobs.tasks()
    assert len(tasks) == 1
    gate.set_result(None)
    await asyncio.wait_for(asyncio.wait(tasks), 20)
    assert log == [("result", None), "end"]


async def test_shutdown_leaves_no_task_behind(client_of):
    # A web server may close its event loop on what is left: Python prints each such task.
    before = asyncio.all_tasks()
    sio = AsyncServer()
    sio.on("ask", value)
    client = await client_of(sio)
    assert await client.ask("ask") != []
    clients = asyncio.all_tasks() - before
    await sio.shutdown(0.0)
    left = {task for task in asyncio.all_tasks() - before if "ReusedTask" in repr(task)}
    assert EAGER or any("ReusedTask" in repr(task) for task in clients)
    assert left == set()


def test_another_event_loop_starts_afresh():
    jobs, log = HandlerTasks(), []

    async def main():
        start(jobs, Work(log, value(1)), Work(log, value(2)))
        await settled(jobs)
        await asyncio.sleep(0)

    asyncio.run(main())
    asyncio.run(main())
    assert log == [("result", 1), "end", ("result", 2), "end"] * 2


# Handlers of a server ---------------------------------------------------


async def test_a_handler_that_waits_does_not_block_its_neighbours(client_of):
    sio = AsyncServer()
    gate = asyncio.Event()

    @sio.event
    async def slow(sid):
        await gate.wait()
        return "slow"

    @sio.event
    async def quick(sid):
        return "quick"

    first, second = await client_of(sio), await client_of(sio)
    first.emit("slow", ack=1)
    first.emit("quick", ack=2)
    assert await second.ask("quick") == ["quick"]
    assert await first.packet() == '32["quick"]', "nor its own client's events"
    gate.set()
    assert await first.packet() == '31["slow"]'


async def test_in_order_one_client_at_a_time(client_of):
    sio = AsyncServer(async_handlers=False)
    gate = asyncio.Event()
    seen = []

    @sio.event
    async def slow(sid):
        await gate.wait()
        seen.append("slow")

    @sio.event
    async def quick(sid):
        seen.append("quick")
        return "quick"

    first, second = await client_of(sio), await client_of(sio)
    first.emit("slow", ack=1)
    first.emit("quick", ack=2)
    assert await second.ask("quick") == ["quick"], "other clients do not wait"
    assert seen == ["quick"]
    gate.set()
    assert [await first.packet(), await first.packet()] == ["31[]", '32["quick"]']
    assert seen == ["quick", "slow", "quick"]


async def test_in_order_an_exception_does_not_stop_the_rest(client_of):
    sio = AsyncServer(async_handlers=False)

    @sio.event
    async def fails(sid):
        raise ValueError("own")

    @sio.event
    async def works(sid):
        return 1

    client = await client_of(sio)
    client.emit("fails")
    assert await client.ask("works") == [1]


@pytest.mark.parametrize("async_handlers", [True, False])
@pytest.mark.parametrize("turns", [0, 1])
async def test_exceptions_are_logged_and_the_connection_stays(client_of, async_handlers, turns):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("test_jobs")
    logger.addHandler(handler)
    sio = AsyncServer(async_handlers=async_handlers, logger=logger)

    @sio.event
    async def fails(sid):
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError("own")

    sio.on("works", lambda sid: 1)
    client = await client_of(sio)
    client.emit("fails")
    await client.idle()
    assert await client.ask("works") == [1]
    (record,) = (record for record in records if record.exc_info)
    assert str(record.exc_info[1]) == "own"
    assert "fails" in record.getMessage()
    logger.removeHandler(handler)


async def test_shutdown_waits_for_handlers_and_no_longer_than_told(client_of):
    sio = AsyncServer()
    gate, ended = asyncio.Event(), []

    @sio.event
    async def work(sid):
        await gate.wait()
        ended.append(sid)

    client = await client_of(sio)
    client.emit("work")
    await asyncio.sleep(0)
    stopping = asyncio.create_task(sio.shutdown(20))
    async with asyncio.timeout(20):
        while sio.driver.engine.sessions:
            await asyncio.sleep(0)
    assert not stopping.done()
    gate.set()
    await asyncio.wait_for(stopping, 20)
    assert len(ended) == 1


async def test_shutdown_does_not_wait_for_ever(client_of):
    sio = AsyncServer()
    gate = asyncio.Event()

    @sio.event
    async def work(sid):
        await gate.wait()

    client = await client_of(sio)
    client.emit("work")
    await asyncio.sleep(0)
    await asyncio.wait_for(sio.shutdown(0.01), 20)
    assert not sio.driver.engine.sessions
    gate.set()
    await client.idle()


async def test_context_variables_of_handlers(client_of):
    sio = AsyncServer()
    seen = []

    @sio.event
    async def sets(sid, wait):
        seen.append(VARIABLE.get())
        VARIABLE.set("set by a handler")
        if wait:
            await asyncio.sleep(0)
        return VARIABLE.get()

    client = await client_of(sio)
    for wait in (False, True, False, False):
        assert await client.ask("sets", wait) == ["set by a handler"]
    assert seen == ["unset"] * 4
