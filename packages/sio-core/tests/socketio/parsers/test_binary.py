"""`socketio/parsers/binary.py`: attachments out of data and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.protocol_errors import DecodeError, LocalProtocolError
from sio_core.slices import finish
from sio_core.socketio.parsers.binary import (
    deconstruct,
    find_placeholders,
    put_attachments,
    reconstruct,
)

data = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=20,
)


def hole(num: Any) -> dict[str, Any]:
    return {"_placeholder": True, "num": num}


@given(data)
def test_there_and_back(value: Any) -> None:
    made, attachments = deconstruct(value, 64)
    assert reconstruct(made, attachments) == value


@given(st.lists(data))
def test_there_and_back_in_slices(value: list[Any]) -> None:
    made, attachments = deconstruct(value, 64)
    put_attachments(finish(find_placeholders(made)), attachments)
    assert made == value


def test_placeholders_of_much_data_are_found_in_slices() -> None:
    made = [[1, 2, hole(0)] for _ in range(4000)]
    assert len(list(find_placeholders(made))) > 5
    put_attachments(finish(find_placeholders(made)), [b"x"])
    assert made == [[1, 2, b"x"]] * 4000


@pytest.mark.parametrize("num", [-1, 2, "0", None, True, 0.0, [0]])
def test_a_number_that_no_attachment_has_is_refused_when_they_are_there(num: Any) -> None:
    places = finish(find_placeholders([hole(num)]))
    with pytest.raises(DecodeError, match="illegal attachments"):
        put_attachments(places, [b"a", b"b"])


def test_every_kind_of_bytes_in_every_kind_of_container() -> None:
    value = ["e", b"a", (bytearray(b"b"), {"k": memoryview(b"xcx")[1:2]}), 1]
    made, attachments = deconstruct(value, 4)
    assert made == ["e", hole(0), [hole(1), {"k": hole(2)}], 1]
    assert attachments == [b"a", b"b", b"c"]
    assert all(type(attachment) is bytes for attachment in attachments)


def test_the_input_is_not_changed_and_later_changes_do_not_matter() -> None:
    buffer = bytearray(b"abc")
    value = [buffer, {"k": buffer}]
    _, attachments = deconstruct(value, 3)
    buffer[0] = 0
    assert attachments == [b"abc", b"abc"]
    assert value == [buffer, {"k": buffer}]


@pytest.mark.parametrize("inner", [[], {}, ()])
def test_depth_is_bounded(inner: Any) -> None:
    deconstruct([inner], 2)
    with pytest.raises(LocalProtocolError, match="too deep"):
        deconstruct([[inner]], 2)


def test_a_structure_that_holds_itself_is_refused() -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = [cycle]
    with pytest.raises(LocalProtocolError, match="holds itself"):
        deconstruct(cycle, 64)


@pytest.mark.parametrize("num", [-1, 2, "0", None, True, 0.0, [0]])
def test_a_placeholder_must_name_an_attachment(num: Any) -> None:
    with pytest.raises(DecodeError, match="illegal attachments"):
        reconstruct(["a", {"k": hole(num)}], [b"x", b"y"])


def test_a_placeholder_without_number() -> None:
    with pytest.raises(DecodeError):
        reconstruct({"_placeholder": True}, [b"x"])


@pytest.mark.parametrize("flag", [1, "true", False, None, [True]])
def test_only_true_makes_a_placeholder(flag: Any) -> None:
    value = {"_placeholder": flag, "num": 0}
    assert reconstruct([value], [b"x"]) == [value]


def test_reconstruction_is_in_place() -> None:
    value: list[Any] = [hole(0), {"k": hole(0)}, [1, "s"], {"plain": 2}]
    assert reconstruct(value, [b"x"]) is value
    assert value == [b"x", {"k": b"x"}, [1, "s"], {"plain": 2}]
    assert reconstruct(hole(0), [b"x"]) == b"x"
    assert reconstruct("text", []) == "text"


def test_data_may_be_deeper_than_calls() -> None:
    value: Any = b"x"
    for _ in range(5_000):
        value = [{"k": value}]
    made, attachments = deconstruct(value, 10_001)
    assert attachments == [b"x"]
    made = reconstruct(made, attachments)
    for _ in range(5_000):
        made = made[0]["k"]
    assert made == b"x"
    with pytest.raises(LocalProtocolError, match="too deep"):
        deconstruct(value, 10_000)
