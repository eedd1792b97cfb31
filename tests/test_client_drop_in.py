"""What programs in the field do with the clients of `import socketio` beyond its documentation."""

import asyncio
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import socketio
from tests.support.chat_server import Chat, chatting

CLIENTS = {"plain": socketio.Client, "asyncio": socketio.AsyncClient}


@pytest.fixture
def chat() -> Iterator[Chat]:
    with chatting() as chat:
        yield chat


@pytest.fixture(params=CLIENTS)
def client_class(request: pytest.FixtureRequest) -> Any:
    return CLIENTS[request.param]


async def do(result: Callable[[], Any]) -> Any:
    """Call a method of a client, whatever its colour."""
    value = await asyncio.to_thread(result)
    return await value if inspect.isawaitable(value) else value


async def test_the_state_of_the_transport(client_class: Any, chat: Chat) -> None:
    client = client_class()
    assert client.eio.state == "disconnected"
    await do(lambda: client.connect(chat.url))
    assert client.eio.state == "connected"
    await do(client.disconnect)
    assert client.eio.state == "disconnected"


def test_the_base_class_has_the_decorators() -> None:
    on = socketio.base_client.BaseClient.on
    for client_class in CLIENTS.values():
        client = client_class()
        on(client, "my event", lambda: None)
        assert "my event" in client.handlers["/"]
    assert socketio.client.Client is socketio.Client
    assert socketio.async_client.AsyncClient is socketio.AsyncClient


async def test_methods_are_overridden_and_call_super(chat: Chat) -> None:
    class Recorded(socketio.Client):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.calls: list[str] = []
            super().__init__(*args, **kwargs)

        def connect(self, url: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append("connect")
            return super().connect(url, *args, **kwargs)

        def emit(self, event: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append(f"emit {event}")
            return super().emit(event, *args, **kwargs)

        def send(self, data: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls.append("send")
            return super().send(data, *args, **kwargs)

        def call(self, event: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append(f"call {event}")
            return super().call(event, *args, **kwargs)

    client = Recorded()
    client.connect(chat.url)
    client.emit("one")
    client.send("two")
    assert client.call("three", 3) == 3
    client.disconnect()
    assert client.calls == [
        *("connect", "emit one", "send", "emit message", "call three", "emit three")
    ]


async def test_coroutines_are_overridden_and_call_super(chat: Chat) -> None:
    class Recorded(socketio.AsyncClient):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.calls: list[str] = []
            super().__init__(*args, **kwargs)

        async def connect(self, url: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append("connect")
            return await super().connect(url, *args, **kwargs)

        async def emit(self, event: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append(f"emit {event}")
            return await super().emit(event, *args, **kwargs)

        async def send(self, data: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls.append("send")
            return await super().send(data, *args, **kwargs)

        async def call(self, event: str, *args: Any, **kwargs: Any) -> Any:
            self.calls.append(f"call {event}")
            return await super().call(event, *args, **kwargs)

    client = Recorded()
    await client.connect(chat.url)
    await client.emit("one")
    await client.send("two")
    assert await client.call("three", 3) == 3
    await client.disconnect()
    assert client.calls == [
        *("connect", "emit one", "send", "emit message", "call three", "emit three")
    ]


async def test_methods_are_replaced_at_run_time(
    client_class: Any, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def watch(name: str) -> None:
        original = getattr(client_class, name)

        def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(client_class, name, watched)

    for name in ("__init__", "on", "emit", "call"):
        watch(name)
    client = client_class()
    client.on("my event", lambda: None)
    await do(lambda: client.connect(chat.url))
    await do(lambda: client.emit("one"))
    assert await do(lambda: client.call("two", 2)) == 2
    await do(client.disconnect)
    assert calls[:4] == ["__init__", "on", "emit", "call"]


async def test_attributes_of_any_name_can_be_set(client_class: Any) -> None:
    client = client_class()
    client.my_own = 1
    client.emit = types.MethodType(lambda self, *args: args, client)
    assert client.emit("one", 2) == ("one", 2)


async def test_every_event_goes_through_the_hook(client_class: Any, chat: Chat) -> None:
    seen: list[Any] = []

    class Watched(client_class):  # type: ignore[misc]
        def _trigger_event(self, event: str, namespace: str, *args: Any) -> Any:
            seen.append((event, namespace, *args))
            return super()._trigger_event(event, namespace, *args)

    client = Watched()
    client.on("ping me", lambda value: value + 1)
    await do(lambda: client.connect(chat.url))
    answer = await asyncio.to_thread(chat.sio.call, "ping me", 1, to=chat.sids[0])
    assert answer == 2
    await do(client.disconnect)
    assert seen == [
        ("connect", "/"),
        ("ping me", "/", 1),
        ("disconnect", "/", "client disconnect"),
        ("__disconnect_final", "/"),
    ]


async def test_a_namespace_sees_all_its_events(client_class: Any, chat: Chat) -> None:
    asynchronous = client_class is socketio.AsyncClient
    base: Any = socketio.AsyncClientNamespace if asynchronous else socketio.ClientNamespace
    seen: list[Any] = []

    class Watched(base):  # type: ignore[misc]
        def trigger_event(self, event: str, *args: Any) -> Any:
            seen.append((event, *args))
            return super().trigger_event(event, *args)

        def on_hello(self, name: str) -> str:
            return f"hello {name}"

    client = client_class()
    client.register_namespace(Watched("/chat"))
    await do(lambda: client.connect(chat.url))
    answer = await asyncio.to_thread(
        chat.sio.call, "hello", "you", namespace="/chat", to=chat.sids[0]
    )
    assert answer == "hello you"
    await do(client.disconnect)
    assert seen[:3] == [("connect",), ("hello", "you"), ("disconnect", "client disconnect")]


async def test_a_simple_client_of_another_class(chat: Chat) -> None:
    class Mine(socketio.Client):
        pass

    class Simple(socketio.SimpleClient):
        client_class = Mine

    with Simple(reconnection=False) as simple:
        simple.connect(chat.url)
        assert type(simple.client) is Mine
        assert simple.call("ask", 1) == 1
