"""Drivers keep the contract with the core: of sio-server, in frameworks, and of an example."""

import pytest

from sio_core.testing import CHECKS, Check
from tests.driver_contract.aiohttp_rig import AiohttpRig
from tests.driver_contract.asyncio_rig import AsyncioRig, OwnSocketRig
from tests.driver_contract.blocking_rig import BlockingRig
from tests.driver_contract.raw_rig import RawRig
from tests.driver_contract.sanic_rig import SanicRig
from tests.driver_contract.tornado_rig import TornadoRig

RIGS: dict[str, type[AsyncioRig] | type[BlockingRig]] = {
    "asyncio": AsyncioRig,
    "asyncio, own socket": OwnSocketRig,
    "threads": BlockingRig,
    "raw sockets": RawRig,
    "aiohttp": AiohttpRig,
    "tornado": TornadoRig,
    "sanic": SanicRig,
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", RIGS.values(), ids=RIGS)
def test_the_contract(kind: type[AsyncioRig] | type[BlockingRig], check: Check) -> None:
    rig = kind()
    try:
        check(rig)
    finally:
        rig.close()
