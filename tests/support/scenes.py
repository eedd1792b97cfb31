"""The fixtures `scene` and `colour`: a server of each colour in memory, and what is seen of it.

A test module asks for them with `pytest_plugins = ["tests.support.scenes"]`.
"""

from collections.abc import Iterator

import pytest

from tests.support import colours
from tests.support.colours import Colour
from tests.support.messages import Scene


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """Both colours, one after the other."""
    colour = request.param()
    yield colour
    colour.close()


@pytest.fixture
def scene(colour: Colour, caplog: pytest.LogCaptureFixture) -> Scene:
    """A scene of each colour."""
    return Scene(colour, caplog)
