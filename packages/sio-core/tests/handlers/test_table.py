"""`handlers/table.py`: which handler an event goes to."""

from typing import Any

import pytest

from sio_core.handlers import HandlerTable


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
