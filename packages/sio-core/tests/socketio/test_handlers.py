"""`socketio/handlers.py`: which handler an event goes to, and what it takes."""

import functools
from typing import Any

import pytest

from sio_core.socketio.handlers import (
    CallShape,
    HandlerTable,
    call_shape,
    is_coroutine_function,
    is_reserved,
)


def nothing() -> None: ...
def two(a: Any, b: Any = None) -> None: ...
def any_number(a: Any, *rest: Any) -> None: ...
def by_name(a: Any, *, b: Any = None, **rest: Any) -> None: ...
def positional(a: Any, /, b: Any) -> None: ...
async def later(a: Any) -> None: ...


class Callables:
    def method(self, a: Any) -> None: ...
    @staticmethod
    def static(a: Any) -> None: ...
    async def __call__(self, a: Any, b: Any) -> None: ...


@pytest.mark.parametrize(
    ("handler", "shape"),
    [
        (nothing, CallShape(False, 0, 0)),
        (two, CallShape(False, 1, 2)),
        (any_number, CallShape(False, 1, None)),
        (by_name, CallShape(False, 1, 1)),
        (positional, CallShape(False, 2, 2)),
        (later, CallShape(True, 1, 1)),
        (Callables().method, CallShape(False, 1, 1)),
        (Callables.static, CallShape(False, 1, 1)),
        (Callables(), CallShape(True, 2, 2)),
        (functools.partial(two, 1), CallShape(False, 0, 1)),
        (functools.partial(later, 1), CallShape(True, 0, 0)),
        (lambda *a: None, CallShape(False, 0, None)),
        (dict, CallShape(False, 0, None)),  # a builtin that does not tell
    ],
)
def test_shapes(handler: Any, shape: CallShape) -> None:
    assert call_shape(handler) == shape


def decorated(function: Any, wrapper: Any) -> Any:
    return functools.wraps(function)(wrapper)


class Methods:
    def inner(self, a: Any) -> None: ...

    def any_number(self, *args: Any) -> None: ...

    once = decorated(inner, lambda self, *args: None)
    twice = decorated(once, lambda *args: None)
    fewer = decorated(any_number, lambda self, a: None)


LOOP: Any = decorated(nothing, lambda *a: None)
LOOP.__wrapped__ = LOOP


@pytest.mark.parametrize(
    ("handler", "shape"),
    [
        # A decorator that names what it takes may hand on something else.
        (decorated(two, lambda a, *rest: None), CallShape(False, 1, None)),
        (decorated(nothing, lambda a, b: None), CallShape(False, 2, 2)),
        (Methods().fewer, CallShape(False, 1, 1)),
        # One that takes anything mostly hands it on.
        (decorated(two, any_number), CallShape(False, 1, None)),
        (decorated(two, lambda *a, **k: None), CallShape(False, 0, None, call_shape(two))),
        (decorated(later, lambda *a: None), CallShape(False, 0, None, call_shape(later))),
        (functools.cache(two), CallShape(False, 0, None, call_shape(two))),
        (Methods().once, CallShape(False, 0, None, CallShape(False, 1, 1))),
        (Methods().twice, CallShape(False, 0, None, CallShape(False, 1, 1))),
        (LOOP, CallShape(False, 0, None, CallShape(False, 0, None))),
        (functools.partial(decorated(two, lambda *a: None), 1), CallShape(False, 0, None)),
    ],
)
def test_shapes_of_decorated_functions(handler: Any, shape: CallShape) -> None:
    assert call_shape(handler) == shape


def test_what_suits_a_decorated_function() -> None:
    shape = call_shape(decorated(two, lambda *a: None))
    assert [shape.suits(count) for count in range(4)] == [False, True, True, False]
    assert [shape.takes(count) for count in range(4)] == [True, True, True, True]
    assert not call_shape(nothing).suits(1)


@pytest.mark.parametrize(
    ("handler", "coroutine"),
    [
        (later, True),
        (nothing, False),
        (Callables(), True),
        (Callables, False),  # calling a class makes an object of it
        (functools.partial(Callables(), 1), True),
        (functools.partial(functools.partial(later, 1)), True),
        (Callables().method, False),
        (len, False),
    ],
)
def test_coroutine_functions(handler: Any, coroutine: bool) -> None:
    assert is_coroutine_function(handler) is coroutine
    assert call_shape(handler).is_coroutine is coroutine


def test_takes() -> None:
    shape = call_shape(two)
    assert [shape.takes(count) for count in range(4)] == [False, True, True, False]
    assert call_shape(any_number).takes(100)
    assert not call_shape(any_number).takes(0)


def table() -> HandlerTable:
    handlers = HandlerTable()
    for namespace in ("/", "*"):
        for event in ("message", "connect", "*"):
            handlers.add(namespace, event, (namespace, event))  # type: ignore[arg-type]
    handlers.add("/only", "message", ("/only", "message"))  # type: ignore[arg-type]
    return handlers


@pytest.mark.parametrize(
    ("namespace", "event", "found"),
    [
        ("/", "message", (("/", "message"), ())),
        ("/", "other", (("/", "*"), ("other",))),
        ("/", "connect", (("/", "connect"), ())),
        ("/", "disconnect", None),  # a catch-all never sees it
        ("/a", "message", (("*", "message"), ("/a",))),
        ("/a", "other", (("*", "*"), ("other", "/a"))),
        ("/a", "connect", (("*", "connect"), ("/a",))),
        ("/a", "disconnect", None),
        ("/only", "message", (("/only", "message"), ())),
        ("/only", "other", (("*", "*"), ("other", "/only"))),
        # A peer's own event of that name is no way around the catch-all's arguments.
        ("/", "*", (("/", "*"), ("*",))),
        ("/a", "*", (("*", "*"), ("*", "/a"))),
        ("/", 1, (("/", "*"), (1,))),
    ],
)
def test_the_most_exact_handler_wins(namespace: str, event: Any, found: Any) -> None:
    assert table().resolve(namespace, event) == found


def test_which_events_a_catch_all_never_sees() -> None:
    handlers = HandlerTable(lifecycle=("connect_error",))
    handlers.add("/", "*", nothing)
    handlers.add("*", "*", two)
    assert handlers.resolve("/", "connect_error") is None
    assert handlers.resolve("/", "connect") == (nothing, ("connect",))
    assert handlers.resolve("/a", "connect") == (two, ("connect", "/a"))


def test_nothing_is_found_in_an_empty_table() -> None:
    handlers = HandlerTable()
    assert handlers.resolve("/", "message") is None
    assert handlers.resolve_object("/") is None
    handlers.add("/", "message", nothing)
    assert handlers.resolve("/", "other") is None
    handlers.add("*", "message", nothing)
    assert handlers.resolve("/", "other") is None


def test_a_later_handler_takes_the_place() -> None:
    handlers = HandlerTable()
    handlers.add("/", "message", nothing)
    handlers.add("/", "message", two)
    assert handlers.resolve("/", "message") == (two, ())


def test_objects_handle_namespaces() -> None:
    handlers = table()
    handlers.objects["/object"] = "object"
    assert handlers.resolve_object("/object") == ("object", ())
    assert handlers.resolve_object("/a") is None
    handlers.objects["*"] = "any"
    assert handlers.resolve_object("/a") == ("any", ("/a",))
    assert list(handlers.namespaces()) == ["/", "/only", "/object"]


@pytest.mark.parametrize(
    ("event", "reserved"),
    [("connect", True), ("newListener", True), ("message", False), (1, False)],
)
def test_reserved(event: Any, reserved: bool) -> None:
    assert is_reserved(event) is reserved
