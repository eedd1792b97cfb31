"""What tests of clients against real servers share: by which transports, and with which values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.census import wait_until
from tests.support.driven import Driven

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}
BINARY = bytes(range(256))
VALUES: tuple[Any, ...] = (
    "a€😀",
    1,
    -2.5,
    True,
    None,
    {"list": [1, {"deep": ["x"]}], "empty": {}},
    [],
)


@pytest.fixture(params=TRANSPORTS.values(), ids=list(TRANSPORTS))
def transports(request: pytest.FixtureRequest) -> list[str]:
    """Return what `connect` is given."""
    value: list[str] = request.param
    return value


async def settled(client: Driven, transports: list[str]) -> None:
    """Wait until the last of the transports is in use."""
    await wait_until(lambda: client.sio.transport() == transports[-1])
