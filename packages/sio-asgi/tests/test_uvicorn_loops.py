"""`fast_tls`: whose loop it is, with and without what it needs."""

import asyncio
import importlib.util
import sys

import pytest

from sio_asgi.uvicorn.loops import fast_tls

missing = [name for name in ("aiofastnet", "uvloop") if not importlib.util.find_spec(name)]


async def transport_of_a_server():
    """The module of the transports of a TCP server on the running loop."""
    made = asyncio.get_running_loop().create_future()

    class Server(asyncio.Protocol):
        def connection_made(self, transport):
            made.set_result(type(transport).__module__)

    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        return await made


@pytest.mark.skipif(missing != [], reason=f"{missing} missing")
@pytest.mark.parametrize(
    ("hidden", "module"), [(None, "uvloop"), ("uvloop", "asyncio.unix_events")]
)
def test_the_loop_below_is_the_faster_one(monkeypatch, hidden, module):
    if hidden is not None:
        monkeypatch.setitem(sys.modules, hidden, None)
    with asyncio.Runner(loop_factory=fast_tls) as runner:
        kinds = [kind.__module__ for kind in type(runner.get_loop()).__mro__]
        assert module in kinds
        assert runner.run(transport_of_a_server()).startswith("aiofastnet.")


def test_what_is_missing_is_named_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "aiofastnet", None)
    with pytest.raises(ImportError) as caught:
        fast_tls()
    assert str(caught.value) == (
        'the loop fast_tls needs aiofastnet: pip install "sio-asgi[uvicorn,fast-tls]"'
    )
