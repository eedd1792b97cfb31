"""`utf8.py`: text that UTF-8 cannot carry still becomes UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_core.utf8 import encode_utf8


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("aé€😀", "aé€😀".encode()),
        ("a\ud800b", "a\ufffdb".encode()),
        ("\udc00", "\ufffd".encode()),
        ("\ud83d\ude00", "😀".encode()),  # two halves side by side
    ],
)
def test_lone_surrogates_become_the_replacement_character(text: str, data: bytes) -> None:
    assert encode_utf8(text) == data


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_can_be_encoded(text: str) -> None:
    encode_utf8(text).decode()
