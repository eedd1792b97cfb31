"""`handlers/registration.py`: registering handlers, and what they are given."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest

from sio_core.handlers import Handler, HandlerTable
from sio_core.handlers.registration import Registration


class Log:
    """A logger that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def error(self, message: str, *args: Any, exc_info: Any = None) -> None:
        self.lines.append(("error", message % args))

    def warning(self, message: str, *args: Any) -> None:
        self.lines.append(("warning", message % args))


class ServerLike(Registration):
    reserved_events = ("connect", "disconnect")
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect": (-1, 1),
        "disconnect": (-1,),
    }

    def __init__(self) -> None:
        super().__init__(HandlerTable(self.reserved_events), Log())


class ClientLike(Registration):
    reserved_events = ("connect", "connect_error", "disconnect", "__disconnect_final")
    _other_argument_counts: ClassVar[Mapping[str, Sequence[int]]] = {
        "connect_error": (-1,),
        "disconnect": (-1,),
    }

    def __init__(self) -> None:
        super().__init__(HandlerTable(self.reserved_events), Log())


def none() -> None: ...
def one(a: Any) -> None: ...
def two(a: Any, b: Any) -> None: ...
def three(a: Any, b: Any, c: Any) -> None: ...
def four(a: Any, b: Any, c: Any, d: Any) -> None: ...
def optional(a: Any, b: Any = 0) -> None: ...
def any_number(*args: Any) -> None: ...


def passing_on(function: Handler) -> Handler:
    """`function` behind a decorator that takes anything."""

    @functools.wraps(function)
    def wrapper(*args: Any) -> None: ...

    return wrapper


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self, a: Any) -> None: ...


def test_on_registers_a_function() -> None:
    sio = ServerLike()
    registered: Any = sio.on("message", one)  # type: ignore[func-returns-value]
    assert registered is None
    assert sio.on("message", namespace="/chat")(two) is two
    assert sio.handlers == {"/": {"message": one}, "/chat": {"message": two}}
    assert sio.namespace_handlers == {}


def test_a_handler_must_be_callable() -> None:
    sio = ServerLike()
    with pytest.raises(TypeError, match="the handler of 'message' must be callable, not 1"):
        sio.on("message", 1)  # type: ignore[call-overload]
    assert sio.handlers == {}


def test_coroutine_functions_are_refused_where_they_are_not_run() -> None:
    async def handler() -> None: ...

    class Chat:
        color = None

        def on_plain(self) -> None: ...

    class AsyncChat(Chat):
        async def on_event(self) -> None: ...

    class Blocking(ServerLike):
        _coroutines_go_to = "AsyncServer"

    for function in (handler, functools.partial(handler)):
        blocking = Blocking()
        with pytest.raises(TypeError, match=r"^the handler of 'x' .* Blocking .* use AsyncServer$"):
            blocking.on("x", function)
        assert blocking.handlers == {}
        ServerLike().on("x", function)
    with pytest.raises(TypeError, match=r"^AsyncChat\.on_event is a coroutine function"):
        Blocking()._check_methods(AsyncChat())
    Blocking()._check_methods(Chat())
    ServerLike()._check_methods(AsyncChat())


def test_a_namespace_has_a_slash_in_front() -> None:
    server = ServerLike()
    with pytest.raises(ValueError, match="'chat' has no slash in front: the namespace is '/chat'"):
        server.on("x", print, namespace="chat")
    wrong: Any = 3
    with pytest.raises(TypeError, match="a namespace is a text such as '/chat', not 3"):
        server.on("x", print, namespace=wrong)
    server.on("x", print, namespace="*")
    assert list(server.handlers) == ["*"]


def test_event_goes_by_the_name_of_the_function() -> None:
    sio = ServerLike()
    assert sio.event(one) is one
    assert sio.event()(two) is two
    assert sio.event(namespace="/chat")(one) is one
    sio.event(None, "/positional")(one)
    assert sio.handlers == {
        "/": {"one": one, "two": two},
        "/chat": {"one": one},
        "/positional": {"one": one},
    }


def test_shapes_are_read_once() -> None:
    sio = ServerLike()
    assert sio._shape(one) is sio._shape(one)
    handler = Unhashable()
    assert sio._shape(handler) == sio._shape(handler) == sio._shape(one)
    sio.on("message", handler)
    assert sio._fit("message", handler, ("sid",)) == ("sid",)


def test_names_that_were_not_asked_for_go_in_front() -> None:
    sio = ServerLike()
    assert sio._get_event_handler("message", "/", ("sid",)) == (None, ("sid",))
    assert sio._get_namespace_handler("/", ("sid",)) == (None, ("sid",))
    sio.on("*", any_number, namespace="*")
    assert sio._get_event_handler("message", "/", ("sid",)) == (
        any_number,
        ("message", "/", "sid"),
    )
    assert sio._get_event_handler("connect", "/", ("sid",)) == (None, ("sid",))
    sio.namespace_handlers["*"] = "object"
    assert sio._get_namespace_handler("/a", ("sid",)) == ("object", ("/a", "sid"))
    sio.namespace_handlers["/"] = "own"
    assert sio._get_namespace_handler("/", ("sid",)) == ("own", ("sid",))


@pytest.mark.parametrize(
    ("event", "handler", "args", "fitting"),
    [
        ("connect", three, ("sid", {}, "auth"), ("sid", {}, "auth")),
        ("connect", three, ("sid", {}), ("sid", {}, None)),
        ("connect", two, ("sid", {}, "auth"), ("sid", {})),
        ("connect", two, ("sid", {}), ("sid", {})),
        ("connect", any_number, ("sid", {}), ("sid", {})),
        ("connect", one, ("sid", {}, "auth"), None),
        ("connect", four, ("sid", {}), None),
        ("connect", none, ("sid", {}, "auth"), None),
        ("disconnect", two, ("sid", "why"), ("sid", "why")),
        ("disconnect", one, ("sid", "why"), ("sid",)),
        ("disconnect", optional, ("sid", "why"), ("sid", "why")),
        ("disconnect", none, ("sid", "why"), None),
        ("disconnect", three, ("sid", "why"), None),
        ("message", two, ("sid", 1), ("sid", 1)),
        ("message", none, ("sid", 1), ()),
        ("message", one, ("sid", 1), None),
        ("message", three, ("sid", 1), None),
        ("connect", passing_on(two), ("sid", {}, "auth"), ("sid", {})),
        ("connect", passing_on(three), ("sid", {}, "auth"), ("sid", {}, "auth")),
        ("connect", passing_on(three), ("sid", {}), ("sid", {})),
        ("connect", passing_on(four), ("sid", {}, "auth"), ("sid", {}, "auth")),
        ("disconnect", passing_on(one), ("sid", "why"), ("sid",)),
        ("message", passing_on(none), ("sid", 1), ("sid", 1)),
        (1, one, ("sid",), ("sid",)),
        (1, none, ("sid",), ()),
    ],
)
def test_what_handlers_of_a_server_may_leave_out(
    event: Any, handler: Handler, args: tuple[Any, ...], fitting: Any
) -> None:
    assert ServerLike()._fit(event, handler, args) == fitting


@pytest.mark.parametrize(
    ("event", "handler", "args", "fitting"),
    [
        ("connect", none, (), ()),
        ("connect", one, (), None),
        ("connect", one, ("/a",), ("/a",)),
        ("connect", none, ("/a",), None),
        ("connect_error", one, ("data",), ("data",)),
        ("connect_error", none, ("data",), ()),
        ("connect_error", one, ("/a", "data"), ("/a",)),
        ("connect_error", two, ("data",), None),
        ("disconnect", one, ("why",), ("why",)),
        ("disconnect", none, ("why",), ()),
        ("disconnect", none, ("/a", "why"), None),
        ("__disconnect_final", none, (), ()),
        ("__disconnect_final", one, (), None),
        ("message", two, (1, 2), (1, 2)),
        ("message", none, (1, 2), ()),
        ("message", one, (1, 2), None),
        ("message", one, (), None),
    ],
)
def test_what_handlers_of_a_client_may_leave_out(
    event: Any, handler: Handler, args: tuple[Any, ...], fitting: Any
) -> None:
    assert ClientLike()._fit(event, handler, args) == fitting


def test_a_handler_that_cannot_be_called_is_logged_loudly_once() -> None:
    sio = ClientLike()
    assert sio._result_of_uncallable("message", one, 2) is sio.not_handled
    sio._log_uncallable("message", one, 3)
    sio._log_uncallable(1, Unhashable(), 0)
    assert sio.logger.lines == [
        ("error", "event 'message': handler one cannot be called with 2 arguments"),
        ("warning", "event 'message': handler one cannot be called with 3 arguments"),
        ("error", "event 1: handler Unhashable cannot be called with 0 arguments"),
    ]


class Objects:
    def on_known(self) -> None: ...


def test_a_handler_that_raises_is_logged_once_whatever_its_events_are_called() -> None:
    sio = ServerLike()
    sio.on("*", one)
    sio.on("known", two)
    sio.namespace_handlers["/object"] = Objects()
    error = RuntimeError()
    for event in ("known", "other", "another", 1):
        for namespace in ("/", "/object", "/none"):
            sio._log_raised(event, namespace, error, 0.0)
    assert [line for _, line in sio.logger.lines] == [
        f"the handler of {event!r} raised an exception"
        for event in ("known", "known", "known", "other", "other")
    ]


def test_callbacks_and_results_are_logged_once_too() -> None:
    sio = ServerLike()
    for _ in range(2):
        sio._log_callback_raised(one, RuntimeError(), 0.0)
        sio._log_callback_raised(Unhashable(), RuntimeError(), 0.0)
        sio._log_unsendable(ValueError("too deep"), 0.0)
    assert [line for _, line in sio.logger.lines] == [
        "a callback raised an exception",
        "a callback raised an exception",
        "a handler returned what cannot be sent: too deep",
    ]


def test_what_is_assigned_takes_the_place_of_all_that_was_registered() -> None:
    server = ServerLike()
    server.on("old", print)
    server.namespace_handlers["/old"] = object()
    kept = server.handlers, server.namespace_handlers
    assert server._table.plan("/", "new") is None
    server.handlers = {"/": {"new": print}, "/a": {"x": repr}}
    server.namespace_handlers = {"/new": 1}
    plan = server._table.plan("/", "new")
    assert plan is not None
    assert plan.handler is print
    assert server._table.plan("/", "old") is None
    assert server.handlers == {"/": {"new": print}, "/a": {"x": repr}}
    assert server._table.resolve_object("/old") is None
    # Whoever has the dictionaries sees it, and they may be assigned as they are.
    assert kept == (server.handlers, {"/new": 1})
    server.handlers = server.handlers
    server.namespace_handlers = server.namespace_handlers
    assert kept == ({"/": {"new": print}, "/a": {"x": repr}}, {"/new": 1})
    server.handlers["/"]["newer"] = repr
    assert server._table.plan("/", "newer") is not None
