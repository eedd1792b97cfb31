"""Coroutine functions given to `Server`, which cannot run them: refused where they are written."""

import functools
import gc
from typing import Any

import pytest

from sio_server import Namespace, Server
from tests.support import colours


async def later(*args: Any) -> None: ...


class Later:
    async def __call__(self, sid: str) -> None: ...

    async def method(self, sid: str) -> None: ...


@functools.wraps(later)
async def decorated(*args: Any) -> None: ...


@pytest.mark.parametrize(
    "handler",
    [later, functools.partial(later, 1), Later(), Later().method, decorated],
    ids=["function", "partial", "object", "method", "decorated"],
)
def test_handlers(handler: Any) -> None:
    sio = Server(async_mode="threading")
    message = "is a coroutine function, which Server cannot run: .*, or use AsyncServer"
    with pytest.raises(TypeError, match=f"the handler of 'x' {message}"):
        sio.on("x", handler)
    with pytest.raises(TypeError, match=message):
        sio.on("x", namespace="/chat")(handler)
    with pytest.raises(TypeError, match=f"the handler of errors {message}"):
        sio.on_error(handler)
    assert sio.handlers == {}


def test_methods_of_a_namespace() -> None:
    class Chat(Namespace):
        def on_connect(self, sid: str, environ: Any) -> None: ...

        async def on_message(self, sid: str) -> None: ...

    sio = Server(async_mode="threading")
    with pytest.raises(TypeError, match=r"Chat\.on_message is a coroutine function"):
        sio.register_namespace(Chat("/chat"))
    assert sio.namespace_handlers == {}


# Not all warnings: those of what earlier tests left would be errors of this one.
@pytest.mark.filterwarnings(
    "error::RuntimeWarning", "error::pytest.PytestUnraisableExceptionWarning"
)
def test_a_coroutine_that_a_decorator_returns(caplog: pytest.LogCaptureFixture) -> None:
    colour = colours.Threading()
    sio = colour.server(namespaces=["/object"])
    sio.on("connect", lambda sid, environ: later(sid), namespace="/guarded")
    sio.on("x", lambda sid: later(sid))
    sio.on("echo", lambda sid, data: data)

    class Wrapped(Namespace):
        def trigger_event(self, event: str, *args: Any) -> Any:
            return later(event)

    sio.register_namespace(Wrapped("/object"))
    client = colours.Client(colour, sio)
    for namespace in ("/guarded", "/object"):
        with pytest.raises(colours.Refused, match="rejected"):
            client.connect(namespace)
    client.connect()
    client.emit("x", ack=1)
    assert client.ask("echo", 1) == [1]
    assert "a handler returned a coroutine, which Server cannot run" in caplog.text
    colour.close()
    # Their tracebacks keep the coroutines: one that was not closed warns once it goes.
    caplog.clear()
    gc.collect()
