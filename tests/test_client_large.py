"""Both clients take what a server of their own sends, however much it is."""

from collections.abc import Callable

import pytest

from tests.support.driven import Drive
from tests.support.servers import Served

pytest_plugins = ["tests.support.client_fixtures", "tests.support.serving"]

Serve = Callable[..., Served]
every_transport = pytest.mark.parametrize("transport", ["polling", "websocket"])


@every_transport
async def test_many_attachments_and_deep_data(drive: Drive, serve: Serve, transport: str) -> None:
    client = drive()
    await client.connect(
        serve("uvicorn-sio", "tests.apps.large:app").origin, transports=[transport]
    )
    found = await client.call("attachments", 600)
    assert found == [b"%d" % number for number in range(600)]
    levels = 0
    value = await client.call("nested", 500)
    while value:
        (value,) = value
        levels += 1
    assert levels == 499
    assert len(await client.call("binary", 20_000_000)) == 20_000_000
    assert client.sio.connected


@pytest.mark.slow
@every_transport
async def test_a_hundred_megabytes(drive: Drive, serve: Serve, transport: str) -> None:
    client = drive()
    await client.connect(
        serve("uvicorn-sio", "tests.apps.large:app").origin, transports=[transport]
    )
    assert len(await client.call("text", 100_000_000)) == 100_000_000
    assert client.sio.connected
