"""`client.py`: sending over polling, in requests that the server takes, and not too much."""

import pytest

from sio_core.engineio import (
    SendHTTP,
)
from sio_core.prepared import Prepared

from .support import (
    Caller,
    open_packet,
    polling,
    websocket,
)

# Sending over polling ----------------------------------------------------------


def test_one_post_at_a_time_and_what_waits_goes_together() -> None:
    caller = polling()
    for text in "abc":
        caller.send("4" + text)
    assert caller.posts == [b"4a"]
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4b\x1e4c"]
    caller.answer("POST")
    assert not caller.busy("POST")


def test_a_post_has_the_content_type_of_text() -> None:
    caller = polling()
    caller.send("451-", b"\x01\x02")
    post = caller.actions[-1]
    assert isinstance(post, SendHTTP)
    assert (post.method, post.content_type) == ("POST", "text/plain; charset=UTF-8")
    assert post.body == b"451-\x1ebAQI="


def test_the_body_of_an_answer_to_a_post_does_not_matter() -> None:
    caller = polling()
    caller.send("4a")
    caller.answer("POST", b"\xff" * 1000)
    assert caller.losses == []


def test_a_post_has_no_more_bytes_than_the_server_takes() -> None:
    caller = polling(maxPayload=10)
    caller.send("4first")
    for text in ("4aaa", "4bbbb", "4c"):
        caller.send(text)
    caller.answer("POST")
    assert caller.posts[1:] == [b"4aaa\x1e4bbbb"]  # 10 bytes
    caller.answer("POST")
    assert caller.posts[2:] == [b"4c"]


def test_bytes_are_counted_as_they_are_sent() -> None:
    caller = polling(maxPayload=10)
    caller.send("4first")
    for frame in ("4€€", b"\x00\x00", "4x"):
        caller.send(frame)
    for _ in range(3):
        caller.answer("POST")
    assert caller.posts[1:] == ["4€€".encode(), b"bAAA=\x1e4x"]


def test_a_single_message_that_is_too_large_goes_alone() -> None:
    caller = polling(maxPayload=4)
    caller.send("4a")
    caller.send("4" + "b" * 9)
    caller.send("4c")
    caller.answer("POST")
    caller.answer("POST")
    assert caller.posts == [b"4a", b"4bbbbbbbbb", b"4c"]


def test_a_server_without_a_limit() -> None:
    caller = polling(maxPayload=None)
    caller.send("4a")
    for _ in range(3):
        caller.send("4" + "b" * 1000)
    caller.answer("POST")
    assert len(caller.posts[1]) == 3 * 1001 + 2
    assert not caller.client.too_large(Prepared(("4" * 10_000_000,)))


def test_a_post_has_no_more_packets_than_are_allowed() -> None:
    caller = Caller(transports=("polling",), max_post_packets=4).open()
    caller.answer("GET", open_packet())
    caller.send("4first")
    for number in range(5):
        caller.send(f"4{number}")
    caller.send("451-a", b"1")
    caller.answer("POST")
    assert caller.posts[1] == b"40\x1e41\x1e42\x1e43"
    caller.answer("POST")
    assert caller.posts[2] == b"44\x1e451-a\x1ebMQ=="


def test_attachments_stay_with_their_packet_even_when_they_are_too_many() -> None:
    caller = Caller(transports=("polling",), max_post_packets=2).open()
    caller.answer("GET", open_packet())
    caller.send("4a")
    caller.send("452-b", b"1", b"2")
    caller.send("4c")
    caller.answer("POST")
    caller.answer("POST")
    assert caller.posts[1:] == [b"452-b\x1ebMQ==\x1ebMg==", b"4c"]


def test_a_connection_that_is_not_open_sends_nothing() -> None:
    caller = Caller()
    caller.send("4new")
    caller.open()
    caller.send("4opening")
    caller.answer("GET", open_packet())
    assert caller.posts == []
    caller.close()
    caller.send("4closing")
    caller.answer("POST")
    caller.send("4closed")
    assert caller.posts == [b"1"]


def test_a_volatile_message_goes_when_nothing_is_under_way() -> None:
    caller = polling()
    caller.send("4a", volatile=True)
    assert caller.posts == [b"4a"]


def test_a_volatile_message_is_dropped_behind_others() -> None:
    caller = polling()
    caller.send("4a")
    caller.send("4b", volatile=True)
    caller.answer("POST")
    assert caller.posts == [b"4a"]
    caller.send("4c", volatile=True)
    assert caller.posts == [b"4a", b"4c"]


def test_a_volatile_message_over_websocket_is_sent() -> None:
    caller = websocket()
    caller.send("4a", volatile=True)
    assert caller.frames == ["4a"]


@pytest.mark.parametrize(("size", "large"), [(9, False), (10, True), (1000, True)])
def test_the_size_of_a_text_message(size: int, large: bool) -> None:
    for caller in (polling(maxPayload=10), websocket(maxPayload=10)):
        assert caller.client.too_large(Prepared(("4" + "a" * size,))) is large


def test_the_size_of_a_binary_message_is_that_of_its_wire_form() -> None:
    message = Prepared((b"\x00" * 8,))
    assert polling(maxPayload=12).client.too_large(message)
    assert not polling(maxPayload=13).client.too_large(message)
    assert not websocket(maxPayload=8).client.too_large(message)
    assert websocket(maxPayload=7).client.too_large(message)


def test_nothing_is_too_large_before_the_server_named_a_limit() -> None:
    assert not Caller().client.too_large(Prepared(("4" * 1_000_000,)))


# Too much for a slow server ----------------------------------------------------


def overloaded() -> Caller:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4under way")
    caller.send("4" + "a" * 9)
    assert caller.client.next_deadline() != float("-inf")
    caller.send("4")
    return caller


def test_too_many_bytes_that_wait_end_the_connection() -> None:
    caller = overloaded()
    assert caller.client.next_deadline() == float("-inf")
    caller.wait(0)
    assert caller.reason == "transport error (too many bytes wait for a slow server)"


def test_what_waits_can_be_told() -> None:
    client = polling().client
    client.send(Prepared(("4abc",)))
    assert client.queued_bytes == 4
    client.take_actions()
    assert client.queued_bytes == 0
    client.send(Prepared(("4de",)))  # behind the POST under way
    assert client.queued_bytes == 3
    over = websocket().client
    over.send(Prepared(("4abc",)))
    assert over.queued_bytes == 4
    over.take_actions()
    assert over.queued_bytes == 0


def test_a_queue_that_was_taken_in_time_is_no_reason_to_end() -> None:
    caller = overloaded()
    caller.answer("POST")
    caller.wait(1)
    assert caller.losses == []
    assert caller.posts[1] == b"4aaaaaaaaa\x1e4"


def test_bytes_that_wait_are_counted() -> None:
    caller = polling()
    assert caller.client.queued_bytes == 0
    caller.send("4under way")
    assert caller.client.queued_bytes == 0
    caller.send("4abc")
    assert caller.client.queued_bytes == 4
    caller.answer("POST")
    assert caller.client.queued_bytes == 0


def test_bytes_over_a_websocket_are_counted_until_their_action_is_taken() -> None:
    caller = websocket()
    caller.client.send(Prepared(("4abc",)))
    caller.client.send(Prepared(("4abc", b"de")))
    assert caller.client.queued_bytes == 10
    caller.note([])
    assert caller.client.queued_bytes == 0


def test_a_large_message_that_does_not_wait_is_no_reason_to_end() -> None:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4" * 50)
    caller.wait(1)
    assert caller.losses == []


def test_the_goodbye_behind_a_full_queue_is_still_said() -> None:
    caller = Caller(transports=("polling",), max_queue_bytes=10).open()
    caller.answer("GET", open_packet())
    caller.send("4under way")
    caller.send("4" + "a" * 9)
    caller.close()
    caller.wait(1)
    caller.answer("POST")
    assert caller.posts[1] == b"4aaaaaaaaa\x1e1"
