"""Handlers behind decorators that use `functools.wraps`: with servers, clients and callbacks.

A decorator's own signature says what it takes; what it hands on is its affair.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sio_client import AsyncClient, AsyncClientNamespace, Client, ClientNamespace
from tests.support import colours
from tests.support.colours import Colour


def adds(function: Callable[..., Any]) -> Callable[..., Any]:
    """Puts a user in front of what it is given."""

    @functools.wraps(function)
    def wrapper(sid: str, *args: Any) -> Any:
        return function("user", sid, *args)

    return wrapper


def takes(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps the session id for itself."""

    @functools.wraps(function)
    def wrapper(sid: str, *args: Any) -> Any:
        return function(*args)

    return wrapper


def reorders(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands on what it is given, the last first."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*reversed(args), **kwargs)

    return wrapper


def passes_on(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands on everything."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def of_method(decorator: Callable[..., Any]) -> Callable[..., Any]:
    """`decorator` for a method, whose object is not among what it works on."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def wrapper(self: Any, *args: Any) -> Any:
            return decorator(functools.partial(method, self))(*args)

        return wrapper

    return decorate


@pytest.fixture(params=[colours.Threading, colours.Asyncio], ids=["threading", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    colour = request.param()
    yield colour
    colour.close()


def test_events_of_a_server(colour: Colour) -> None:
    sio = colour.server()
    sio.on("adds", adds(lambda user, sid, data: [user, data]))
    sio.on("takes", takes(lambda data: ["taken", data]))
    sio.on("takes all", takes(lambda: "nothing"))
    sio.on("reorders", reorders(lambda second, first, sid: [first, second]))
    sio.on("waits", adds(colour.handler(lambda user, sid, data: [user, data])))
    sio.on("method", functools.partial(adds(lambda user, bound, sid: [user, bound]), "bound"))
    client = colours.Client(colour, sio)
    client.connect()
    assert client.ask("adds", 1) == [["user", 1]]
    assert client.ask("takes", 1) == [["taken", 1]]
    assert client.ask("takes all") == ["nothing"]
    assert client.ask("reorders", 1, 2) == [[1, 2]]
    if colour.name == "asyncio":
        assert client.ask("waits", 1) == [["user", 1]]
    assert client.ask("method") == [["user", "bound"]]


def test_life_of_a_client_of_a_server(colour: Colour) -> None:
    sio = colour.server(namespaces=["/adds", "/takes", "/all"])
    seen: list[Any] = []
    sio.on("connect", adds(lambda user, sid, environ, auth: seen.append(auth)), namespace="/adds")
    sio.on("disconnect", adds(lambda user, sid, why: seen.append(why)), namespace="/adds")
    sio.on("connect", takes(lambda environ, auth: seen.append(auth)), namespace="/takes")
    sio.on("disconnect", takes(seen.append), namespace="/takes")
    # Nobody can see what this one does with what it is given, but it mostly hands on everything.
    sio.on("connect", passes_on(lambda sid, environ: seen.append("two")), namespace="/all")
    sio.on("disconnect", passes_on(passes_on(lambda sid: seen.append("one"))), namespace="/all")
    client = colours.Client(colour, sio)
    for namespace in ("/adds", "/takes", "/all"):
        client.connect(namespace, auth={"a": 1})
        client.send(f"1{namespace},")
    colours.until(colour, lambda: len(seen) == 6)
    assert seen == [{"a": 1}, "client disconnect"] * 2 + ["two", "one"]


def test_methods_of_a_namespace(colour: Colour) -> None:
    seen: list[Any] = []

    class Chat(colour.Namespace):  # type: ignore[misc,name-defined]
        @of_method(adds)
        def on_connect(self, user: str, sid: str, environ: Any, auth: Any) -> None:
            seen.append((user, auth))

        @passes_on
        def on_disconnect(self, sid: str) -> None:
            seen.append("left")

        @of_method(takes)
        def on_say(self, text: str) -> str:
            return text + "!"

        @of_method(reorders)
        def on_turn(self, second: int, first: int, sid: str) -> list[int]:
            return [first, second]

    sio = colour.server()
    sio.register_namespace(Chat("/chat"))
    client = colours.Client(colour, sio)
    client.connect("/chat", auth={"a": 1})
    assert client.ask("say", "hello", namespace="/chat") == ["hello!"]
    assert client.ask("turn", 1, 2, namespace="/chat") == [[1, 2]]
    client.send("1/chat,")
    colours.until(colour, lambda: len(seen) == 2)
    assert seen == [("user", {"a": 1}), "left"]


def test_callbacks_of_a_server(colour: Colour) -> None:
    sio = colour.server()
    seen: list[Any] = []
    client = colours.Client(colour, sio)
    sid = client.connect()
    for callback in (
        adds(lambda user, first, second: seen.append((user, first, second))),
        takes(lambda second: seen.append(second)),
        reorders(lambda second, first: seen.append((first, second))),
    ):
        colour.result(sio.emit("question", to=sid, callback=callback))
        before = len(seen)
        number = client.packet().partition("[")[0][1:]
        client.send(f"3{number}[1,2]")
        colours.until(colour, lambda before=before: len(seen) > before)  # type: ignore[misc]
    assert seen == [("user", 1, 2), 2, (1, 2)]


def test_a_function_that_decides_about_origins(colour: Colour) -> None:
    asked: list[Any] = []

    def decide(origin: str) -> bool:
        asked.append(origin)
        return True

    for decorated in (
        decide,
        passes_on(decide),
        adds(lambda user, origin, environ: decide(origin)),
    ):
        sio = colour.server(cors_allowed_origins=decorated)
        request = colours.Request(
            "GET", "EIO=4&transport=polling", (("origin", "http://a"),), host="b"
        )
        assert colour.http(sio, request, b"").status == 200
    assert asked == ["http://a"] * 3


class Handlers:
    """What a client is given, by way of decorated methods."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    @of_method(adds)
    def on_news(self, user: str, first: int, second: int) -> None:
        self.seen.append((user, first, second))

    @passes_on
    def on_connect(self) -> None:
        self.seen.append("connected")

    @passes_on
    def on_disconnect(self) -> None:
        self.seen.append("left")


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_a_clients_handlers_are_given(kind: Any) -> None:
    client = kind()
    handlers = Handlers()
    for event, handler, args, fitting in (
        ("connect", handlers.on_connect, (), ()),
        ("disconnect", handlers.on_disconnect, ("why",), ()),
        ("disconnect", takes(lambda: None), ("why",), ("why",)),
        ("connect_error", passes_on(lambda: None), ("data",), ()),
        ("connect_error", adds(lambda user, data: None), ("data",), ("data",)),
        ("news", handlers.on_news, (1, 2), (1, 2)),
        ("news", takes(lambda second: None), (1, 2), (1, 2)),
        ("news", reorders(lambda second, first: None), (1, 2), (1, 2)),
    ):
        assert client._fit(event, handler, args) == fitting


@pytest.mark.parametrize(
    ("kind", "base"), [(Client, ClientNamespace), (AsyncClient, AsyncClientNamespace)]
)
def test_methods_of_a_clients_namespace(kind: Any, base: Any) -> None:
    class Chat(Handlers, base):  # type: ignore[misc]
        def __init__(self, namespace: str) -> None:
            base.__init__(self, namespace)
            Handlers.__init__(self)

    chat = Chat("/chat")
    client = kind()
    client.register_namespace(chat)
    for event, args in (("connect", ()), ("news", (1, 2)), ("disconnect", ("why",))):
        method, fitting = chat._method(client, event, args)
        method(*fitting)
    assert chat.seen == ["connected", ("user", 1, 2), "left"]
