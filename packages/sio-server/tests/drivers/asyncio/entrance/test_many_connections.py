"""Output for thousands of connections at once: others have their turn while it is written."""

import asyncio

import pytest

from sio_server import AsyncServer
from sio_server.drivers.asyncio.entrance.writers import WRITTEN_AT_ONCE

MANY = 3 * WRITTEN_AT_ONCE + 7
HANG = 20.0


class Connection:
    """A connection that notes in `order` that it is written."""

    def __init__(self, order, number):
        self._order = order
        self._number = number

    def flush(self):
        self._order.append(self._number)

    def write_output(self):
        self._order.append(self._number)

    def fail(self, error):
        raise AssertionError(error)


@pytest.fixture
async def driver():
    driver = AsyncServer().driver
    driver.bind()
    return driver


def begin(driver, own, order):
    connections = [Connection(order, number) for number in range(MANY)]
    if own:
        for connection in connections:
            driver.flush_at_turn_end(connection)
        return
    for connection in connections:
        driver.web_server_writers.add(connection)
    driver.web_server_writers.write(driver.loop)


@pytest.mark.parametrize("own", [True, False], ids=["own sockets", "of web servers"])
async def test_others_have_their_turn(driver, own):
    order = []
    begin(driver, own, order)
    written = []
    async with asyncio.timeout(HANG):
        while len(order) < MANY:
            written.append(len(order))
            await asyncio.sleep(0)
    steps = [after - before for before, after in zip(written, [*written[1:], MANY], strict=True)]
    assert max(steps) <= WRITTEN_AT_ONCE
    assert order == list(range(MANY)), "each once, and in order"


async def test_what_comes_meanwhile_is_written_after_it(driver):
    order = []
    begin(driver, True, order)
    await asyncio.sleep(0)
    assert 0 < len(order) < MANY
    driver.flush_at_turn_end(Connection(order, MANY))
    async with asyncio.timeout(HANG):
        while len(order) <= MANY:
            await asyncio.sleep(0)
    assert order == list(range(MANY + 1))
