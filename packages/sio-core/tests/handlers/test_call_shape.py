"""`handlers/call_shape.py`: with what a handler can be called."""

import functools
from typing import Any

import pytest

from sio_core.handlers.call_shape import CallShape, call_shape, is_coroutine_function


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
        (decorated(two, lambda a, *rest: None), CallShape(False, 1, None, None, call_shape(two))),
        (decorated(nothing, lambda a, b: None), CallShape(False, 2, 2)),
        (Methods().fewer, CallShape(False, 1, 1)),
        # One that takes anything mostly hands it on.
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
