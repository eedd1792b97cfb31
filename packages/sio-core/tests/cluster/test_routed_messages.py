from typing import Any

import pytest

from sio_core import DecodeError
from sio_core.cluster.routed_messages import HIGHEST, read_frames, read_head, write
from sio_core.codecs.choose_json import default_json
from sio_core.limits import Limits

HEAD = ("e", "host", 1, "/")
CODEC = default_json()


@pytest.mark.parametrize(
    "frames",
    [
        ("42",),
        (b"\x00\n",),
        ('42["ä\n\ud83d\ude00"]',),
        ('451-["a"]', b""),
        ('452-["a"]', b"\n", b"\xff\xfe"),
        ("", b"", ""),
    ],
)
def test_frames_come_back(frames: tuple[Any, ...]) -> None:
    payload = write(HEAD, frames)
    head, at = read_head(payload, CODEC)
    assert head[:4] == list(HEAD)
    expected = tuple(
        frame.encode("utf-16", "surrogatepass").decode("utf-16")
        if isinstance(frame, str)
        else frame
        for frame in frames
    )
    assert read_frames(payload, at, head[4], head[5], Limits()) == expected


def test_a_head_is_one_line_of_ascii() -> None:
    payload = write(("e", "hö\nst", 1, "/"))
    assert payload == b'S1["e","h\\u00f6\\nst",1,"/"]\n'
    assert read_head(payload, CODEC) == (["e", "hö\nst", 1, "/"], len(payload))


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b'S1["e","a",1,"/"]', "without an end"),
        (b'S1["e","\xe9",1,"/"]\n', "not ASCII"),
        (b'S1["e"\n', "invalid JSON"),
        (b'S1["e","a",1]\n', "too short"),
        (b'S1["e",1,1,"/"]\n', "host and number"),
        (b'S1["e","a","1","/"]\n', "host and number"),
        (b'S1["e","a",true,"/"]\n', "host and number"),
        (b'S1["e","a",0,"/"]\n', "host and number"),
        (b'S1["e","a",%d,"/"]\n' % HIGHEST, "host and number"),
        (b"S1" + b"[" * 600 + b"]" * 600 + b"\n", "too deep"),
        (b"S1[" + b"[]," * 10_001 + b"1]\n", "too many"),
    ],
)
def test_a_bad_head_is_refused(payload: bytes, text: str) -> None:
    with pytest.raises(DecodeError, match=text):
        read_head(payload, CODEC)


@pytest.mark.parametrize(
    ("kinds", "lengths", "text"),
    [
        (1, [2], "kinds and lengths"),
        ("t", 2, "kinds and lengths"),
        ("tt", [2], "kinds and lengths"),
        ("", [], "no frames"),
        ("tb" * 6, [1] * 12, "too many"),
        ("t", ["2"], "impossible length"),
        ("t", [True], "impossible length"),
        ("tb", [3, -1], "impossible length"),
        ("t", [1], "other lengths"),
        ("t", [3], "other lengths"),
        ("tb", [1, 1 << 60], "other lengths"),
    ],
)
def test_bad_frames_are_refused(kinds: Any, lengths: Any, text: str) -> None:
    with pytest.raises(DecodeError, match=text):
        read_frames(b"42", 0, kinds, lengths, Limits())


def test_text_is_utf8() -> None:
    with pytest.raises(DecodeError, match="UTF-8"):
        read_frames(b"\xff\xff", 0, "t", [2], Limits())
