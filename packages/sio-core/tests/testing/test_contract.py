"""The checks for drivers: a good driver passes them all, each flaw is found by one of them."""

import pytest

from sio_core import engineio
from sio_core.testing import CHECKS, ContractBroken, WatchedServer

from .model_rig import ModelRig


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_driver_that_does_its_duty_passes(check):
    check(ModelRig())


def test_two_at_a_time_are_a_fault():
    server = WatchedServer()
    server.on_input = lambda event: server.handle_timeout(0.0)
    session = engineio.Session(server, "1", engineio.REVISIONS["4"])
    server.process([engineio.Opened(session)], 0.0)
    assert server.faults == ["the core was entered by two at a time"]


FLAWS = (
    "wrong time",
    "events before output",
    "forgets ends",
    "forgets messages",
    "mixes messages",
    "forgets the last",
    "hands on twice",
    "leaves output",
    "arms once",
    "keeps polls",
    "drops for slow clients",
    "stops at a failure",
    "writes twice",
    "never closes",
    "loses bodies",
    "answers bodies badly",
    "never refuses",
    "answers emptily",
    "forgets the gone",
    "keeps the gone",
    "ends twice",
    "holds on",
    "ticks on",
    "no timer",
    "never ends",
    "keeps sessions",
)


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_found(flaw):
    found = {}
    for check in CHECKS:
        try:
            check(ModelRig(flaw))
        except ContractBroken as error:
            found[check.__name__] = str(error)
    assert found
