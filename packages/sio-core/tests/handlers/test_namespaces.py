"""`handlers/namespaces.py`: the method of an event in a class-based namespace."""

from typing import Any

from sio_core.handlers.namespaces import (
    AwaitingMethods,
    BlockingMethods,
    EventMethods,
    has_method,
)
from sio_core.handlers.registration import Registration
from sio_core.handlers.table import HandlerTable
from sio_core.reasons import reason


class Silent:
    def error(self, message: str, *args: Any) -> None: ...


class Chat(EventMethods):
    def on_message(self, sid: str, data: Any) -> None: ...
    def on_bare(self) -> None: ...
    def on_1(self, sid: str) -> None: ...


def owner() -> Registration:
    return Registration(HandlerTable(), Silent())


def test_the_name_and_the_reasons() -> None:
    assert EventMethods().namespace == "/"
    assert Chat("/chat").namespace == "/chat"
    assert Chat.reason is reason


def test_the_method_and_what_it_is_given() -> None:
    chat = Chat()
    assert chat._method(owner(), "message", ("sid", 1)) == (chat.on_message, ("sid", 1))
    assert chat._method(owner(), "bare", ("sid", 1)) == (chat.on_bare, ())


def test_an_event_may_be_a_number() -> None:
    chat = Chat()
    number: Any = 1
    assert chat._method(owner(), number, ("sid",)) == (chat.on_1, ("sid",))
    assert chat._method(owner(), number + 1, ("sid",)) is None


def test_no_method() -> None:
    assert Chat()._method(owner(), "other", ("sid",)) is None
    assert Chat()._method(owner(), "", ("sid",)) is None


def test_a_method_that_cannot_be_called() -> None:
    sio = owner()
    assert Chat()._method(sio, "message", ("sid",)) == (None, (sio.not_handled,))


def test_a_namespace_has_the_methods_of_its_events() -> None:
    class Some(BlockingMethods):
        def on_look(self) -> None: ...

    class Everything(AwaitingMethods):
        async def trigger_event(self, event: str, *args: object) -> None: ...

    assert [has_method(Some(), event) for event in ("look", "see", 1)] == [True, False, False]
    assert has_method(Everything(), "see")
