"""Event loops for uvicorn's option `--loop`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TRY = 'the loop fast_tls needs aiofastnet: pip install "sio-asgi[uvicorn,fast-tls]"'


def fast_tls() -> asyncio.AbstractEventLoop:
    """Make an event loop whose TLS is that of aiofastnet: for `--loop`, or `run(loop=...)`.

    It is uvloop's, or asyncio's where uvloop is missing. Where uvicorn itself serves `https`, a
    delivery of a broadcast costs a fifth less CPU; without TLS it gains nothing. Raises
    `ImportError` without aiofastnet, which the extra `fast-tls` brings.
    """
    try:
        import aiofastnet
    except ImportError as error:
        raise ImportError(TRY, name=error.name) from error
    make: Callable[[], asyncio.AbstractEventLoop]
    try:
        import uvloop

        make = uvloop.new_event_loop
    except ImportError:
        make = asyncio.new_event_loop
    loop: asyncio.AbstractEventLoop = aiofastnet.loop_factory(make)()
    return loop
