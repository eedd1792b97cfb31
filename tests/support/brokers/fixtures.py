"""Fixtures: the brokers that tests share, and those of their own."""

from collections.abc import Iterator

import pytest

from tests.support.brokers.broker import Broker
from tests.support.brokers.shared import Brokers


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """Return the brokers of this worker; they end with the run."""
    found = Brokers(tmp_path_factory.mktemp("brokers"))
    yield found
    found.stop()


@pytest.fixture
def broker(brokers: Brokers, request: pytest.FixtureRequest) -> Iterator[Broker]:
    """Return the shared broker of the kind that is the parameter."""
    found = brokers.shared(request.param)
    begin = len(found.log())
    yield found
    print(found.log()[begin:])
