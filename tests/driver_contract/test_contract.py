"""Each driver of sio-server keeps the contract with the core."""

from collections.abc import Iterator

import pytest

from sio_core.testing import CHECKS, Check
from tests.driver_contract.asyncio_rig import AsyncioRig, WireRig
from tests.driver_contract.blocking_rig import BlockingRig

RIGS: dict[str, type[AsyncioRig] | type[BlockingRig]] = {
    "asyncio": AsyncioRig,
    "asyncio, own socket": WireRig,
    "threads": BlockingRig,
}


KNOWN = {
    ("asyncio", "closing_is_bounded"): "a write that waits outlives the driver",
    (
        "asyncio, own socket",
        "a_write_that_fails_harms_nobody_else",
    ): "it mutes others of its turn",
}
"""What is known to be wrong: take an entry out with its mend."""


def pairs() -> Iterator[object]:
    for name, kind in RIGS.items():
        for check in CHECKS:
            reason = KNOWN.get((name, check.__name__))
            marks = pytest.mark.xfail(reason=reason, strict=False) if reason else ()
            yield pytest.param(kind, check, id=f"{name}-{check.__name__}", marks=marks)


@pytest.mark.parametrize(("kind", "check"), pairs())
def test_the_contract(kind: type[AsyncioRig] | type[BlockingRig], check: Check) -> None:
    rig = kind()
    try:
        check(rig)
    finally:
        rig.close()
