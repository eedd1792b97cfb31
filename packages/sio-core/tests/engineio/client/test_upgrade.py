"""`client.py`: from polling to WebSocket, and back to polling when anything goes wrong."""

from collections.abc import Callable

import pytest

from sio_core.engineio import (
    AbortWebSocket,
    MessageReceived,
    OpenWebSocket,
    SendHTTP,
    TransportUpgraded,
    Upgrade,
    WriteWebSocket,
)

from .support import Caller, dialling, open_packet, pausing, probing, upgraded


def assert_on_polling(caller: Caller) -> None:
    """The upgrade was given up, and messages go both ways over polling at once."""
    assert caller.client.upgrade is Upgrade.NONE
    assert caller.client.transport == "polling"
    assert not caller.busy("socket")
    assert (caller.losses, caller.upgraded) == ([], False)
    assert caller.busy("GET")
    before = len(caller.posts)
    caller.send("4ping")
    if len(caller.posts) == before:
        caller.answer("POST")
    assert caller.posts[-1].endswith(b"4ping")
    caller.answer("GET", "4pong")
    assert caller.messages[-1] == "pong"


def test_the_websocket_is_opened_with_the_session() -> None:
    caller = dialling(timestamps=False)
    opening, poll = caller.actions[1:]
    assert opening == OpenWebSocket(2, "EIO=4&transport=websocket&sid=abc")
    assert isinstance(poll, SendHTTP)
    assert caller.client.upgrade is Upgrade.DIALLING


def test_the_probe_is_sent_once_the_websocket_stands() -> None:
    caller = dialling()
    assert caller.frames == []
    caller.opened()
    assert caller.frames == ["2probe"]
    assert caller.client.upgrade is Upgrade.PROBING
    caller.opened()
    assert caller.frames == ["2probe"]


def test_polling_goes_on_while_the_probe_is_under_way() -> None:
    caller = probing()
    caller.answer("GET", "4a\x1e2")
    assert (caller.messages, caller.posts) == (["a"], [b"3"])
    assert caller.busy("GET")
    assert caller.client.transport == "polling"


def test_no_request_begins_while_polling_pauses() -> None:
    caller = pausing()
    caller.send("4a")
    assert caller.client.upgrade is Upgrade.PAUSING
    assert caller.posts == []
    assert not caller.upgraded


def test_the_upgrade_waits_for_the_get() -> None:
    caller = pausing()
    caller.answer("GET", "4a\x1e6")
    assert caller.events[1:] == [MessageReceived("a"), TransportUpgraded()]
    assert caller.messages == ["a"]
    assert caller.frames == ["2probe", "5"]
    assert not caller.busy("GET")
    assert caller.client.transport == "websocket"


def test_the_upgrade_waits_for_the_post() -> None:
    caller = probing()
    caller.send("4a")
    caller.frame("3probe")
    caller.answer("GET", "6")
    assert not caller.upgraded
    caller.answer("POST")
    assert caller.upgraded


def test_the_upgrade_waits_for_the_get_when_the_post_ends_first() -> None:
    caller = probing()
    caller.send("4a")
    caller.frame("3probe")
    caller.answer("POST")
    assert not caller.upgraded
    caller.answer("GET", "6")
    assert caller.upgraded


def test_what_was_queued_goes_out_in_order_behind_the_upgrade() -> None:
    caller = probing()
    caller.send("4first")
    caller.send("4second")
    caller.frame("3probe")
    caller.send("451-third", b"3")
    caller.answer("POST")
    caller.answer("GET", "2")
    caller.send("4fourth")
    assert caller.posts == [b"4first"]
    assert caller.frames == ["2probe", "5", "4second", "451-third", b"3", "3", "4fourth"]
    (third,) = [
        action
        for action in caller.actions
        if isinstance(action, WriteWebSocket) and action.message.frames[0] == "451-third"
    ]
    assert third.message.frames == ("451-third", b"3")


def test_a_volatile_message_is_dropped_while_polling_pauses() -> None:
    caller = pausing()
    caller.send("4a", volatile=True)
    caller.answer("GET", "6")
    assert caller.frames == ["2probe", "5"]


def test_a_queue_that_was_too_long_went_out_with_the_upgrade() -> None:
    caller = pausing(max_queue_bytes=3)
    caller.send("4a")
    caller.send("4b")
    assert caller.client.next_deadline() == float("-inf")
    caller.answer("GET", "6")
    caller.wait(1)
    assert caller.losses == []


def test_after_the_upgrade_its_deadline_is_gone() -> None:
    caller = upgraded(upgrade_timeout=3.0)
    caller.wait(30)
    assert caller.losses == []
    assert caller.client.upgrade is Upgrade.DONE


@pytest.mark.parametrize("make", [dialling, probing, pausing])
@pytest.mark.parametrize("cause", [None, OSError()])
def test_a_websocket_that_is_lost_leaves_the_client_on_polling(
    make: Callable[[], Caller], cause: Exception | None
) -> None:
    caller = make()
    caller.lose(cause)
    assert_on_polling(caller)


def test_a_websocket_that_is_refused_leaves_the_client_on_polling() -> None:
    caller = dialling()
    caller.lose(OSError(), status=403, body=b"no")
    assert_on_polling(caller)


@pytest.mark.parametrize("make", [dialling, probing, pausing])
def test_an_upgrade_has_a_limit(make: Callable[..., Caller]) -> None:
    caller = make(upgrade_timeout=3.0)
    caller.wait(2.9)
    assert caller.busy("socket")
    caller.wait(0.1)
    assert isinstance(caller.actions[-1], AbortWebSocket)
    assert_on_polling(caller)


@pytest.mark.parametrize("frame", ["3", "3prob", "3probe ", "2probe", "4hi", "6", "", b"3probe"])
def test_a_wrong_answer_to_the_probe_leaves_the_client_on_polling(frame: str | bytes) -> None:
    caller = probing()
    caller.frame(frame)
    assert caller.messages == []
    assert_on_polling(caller)


def test_an_answer_before_the_probe_is_a_wrong_one() -> None:
    caller = dialling()
    caller.frame("3probe")
    assert_on_polling(caller)


@pytest.mark.parametrize("frame", ["3probe", "4hi", b"hi"])
def test_a_frame_while_polling_pauses_leaves_the_client_on_polling(frame: str | bytes) -> None:
    caller = pausing()
    caller.frame(frame)
    assert_on_polling(caller)


def test_a_pause_that_is_given_up_polls_and_posts_at_once() -> None:
    caller = probing()
    caller.send("4a")
    caller.frame("3probe")
    caller.send("4b")
    caller.answer("GET", "6")
    caller.lose()
    assert caller.busy("GET")
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4b"]


def test_a_connection_that_breaks_takes_the_candidate_with_it() -> None:
    for make in (dialling, probing, pausing):
        caller = make()
        caller.fail("GET")
        assert caller.client.upgrade is Upgrade.NONE
        assert any(isinstance(action, AbortWebSocket) for action in caller.actions)


def test_silence_during_an_upgrade_is_noticed() -> None:
    caller = Caller(upgrade_timeout=10.0).open()
    caller.answer("GET", open_packet(pingInterval=3000, pingTimeout=1000))
    caller.wait(4)
    assert caller.reason == "ping timeout"


def test_numbers_of_others_mean_nothing() -> None:
    caller = probing()
    client = caller.client
    for id in (0, 99, -1):
        assert client.http_response(id, 200, b"4a", 0.0) == []
        assert client.http_failed(id, None, 0.0) == []
        assert client.websocket_opened(id, 0.0) == []
        assert client.websocket_frame(id, "4a", 0.0) == []
        assert client.websocket_lost(id, None, 0.0) == []
    assert client.take_actions() == []
