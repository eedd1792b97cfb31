"""`handlers/table.py`: which handler an event goes to."""

from typing import Any

import pytest

from sio_core.handlers import HandlerTable
from sio_core.handlers.call_shape import call_shape
from sio_core.handlers.table import LONGEST_KEPT, MAX_PLANS


def nothing() -> None: ...
def two(a: Any, b: Any = None) -> None: ...


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
    handlers = table()
    for _ in range(2):  # the second time it is one that was kept
        plan = handlers.plan(namespace, event)
        assert (None if plan is None else (plan.handler, plan.prefix)) == found


def found(handlers: HandlerTable, namespace: str, event: Any) -> Any:
    plan = handlers.plan(namespace, event)
    return None if plan is None else (plan.handler, plan.prefix)


def test_which_events_a_catch_all_never_sees() -> None:
    handlers = HandlerTable(lifecycle=("connect_error",))
    handlers.add("/", "*", nothing)
    handlers.add("*", "*", two)
    assert found(handlers, "/", "connect_error") is None
    assert found(handlers, "/", "connect") == (nothing, ("connect",))
    assert found(handlers, "/a", "connect") == (two, ("connect", "/a"))


def test_nothing_is_found_in_an_empty_table() -> None:
    handlers = HandlerTable()
    assert handlers.plan("/", "message") is None
    assert handlers.resolve_object("/") is None
    handlers.add("/", "message", nothing)
    assert handlers.plan("/", "other") is None
    handlers.add("*", "message", nothing)
    assert handlers.plan("/", "other") is None


def test_a_later_handler_takes_the_place() -> None:
    handlers = HandlerTable()
    handlers.add("/", "message", nothing)
    assert found(handlers, "/", "message") == (nothing, ())
    handlers.add("/", "message", two)
    assert found(handlers, "/", "message") == (two, ())
    del handlers.functions["/"]["message"]
    assert found(handlers, "/", "message") is None
    handlers.functions["/"]["*"] = two
    assert found(handlers, "/", "message") == (two, ("message",))
    handlers.functions["/"] = {"message": nothing}
    assert found(handlers, "/", "message") == (nothing, ())


def test_a_plan_is_made_once() -> None:
    handlers = HandlerTable()
    handlers.add("/", "*", two)
    plan = handlers.plan("/", "a")
    assert plan is not None
    assert plan.shape == call_shape(two)
    assert handlers.plan("/", "a") is plan
    for number in range(2 * MAX_PLANS):  # names that a peer thinks of
        handlers.plan("/", str(number))
    assert len(handlers._plans) <= MAX_PLANS
    long = "x" * (LONGEST_KEPT + 1)
    assert handlers.plan("/", long) is not handlers.plan("/", long)
    assert found(handlers, "/", "a") == (two, ("a",))


def test_a_number_as_the_name_of_an_event_stays_what_it_is() -> None:
    handlers = HandlerTable()
    handlers.add("/", "*", two)
    assert [repr(found(handlers, "/", name)[1]) for name in (1, 1.0)] == ["(1,)", "(1.0,)"]


def test_objects_handle_namespaces() -> None:
    handlers = table()
    handlers.objects["/object"] = "object"
    assert handlers.resolve_object("/object") == ("object", ())
    assert handlers.resolve_object("/a") is None
    handlers.objects["*"] = "any"
    assert handlers.resolve_object("/a") == ("any", ("/a",))
    assert list(handlers.namespaces()) == ["/", "/only", "/object"]
