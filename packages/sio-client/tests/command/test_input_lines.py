"""`input_lines.py`: what the user types or pipes, as events."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.command.input_lines import parse_line, read_lines


@pytest.mark.parametrize(
    ("line", "name", "args"),
    [
        ("say", "say", ()),
        ("  say  \r\n", "say", ()),
        ('say "hello"', "say", ("hello",)),
        ('say "hello" {"room": 1}', "say", ("hello", {"room": 1})),
        ("say\t1\t\t[2,  3] null", "say", (1, [2, 3], None)),
        ("say hello there", "say", ("hello there",)),
        ('say "hello" there', "say", ('"hello" there',)),
        ('say "open', "say", ('"open',)),
        ("say 1,2", "say", ("1,2",)),
        ("say {}{}", "say", ("{}{}",)),
        ("say NaN", "say", ("NaN",)),
        ("say [1, -Infinity]", "say", ("[1, -Infinity]",)),
        ("say hällo 👋", "say", ("hällo 👋",)),
        ('"my message" {"a": 1}', "my message", ({"a": 1},)),
        ('"my message"', "my message", ()),
        ('"my message"x', '"my', ('message"x',)),
        ('"', '"', ()),
        ('"say "hello"', '"say', ("hello",)),
    ],
)
def test_a_line_is_an_event(line, name, args):
    assert parse_line(line) == (name, args)


def test_what_json_cannot_be_read_is_one_text():
    deep = "[" * 100_000
    digits = "1" * 10_000
    assert parse_line(f"say {deep}") == ("say", (deep,))
    assert parse_line(f"say {digits}") == ("say", (digits,))


def test_a_long_line_takes_no_quadratic_time():
    count = 200_000
    assert len(parse_line("say " + "1 " * count)[1]) == count


@given(st.text(min_size=1).filter(str.strip))
def test_no_line_is_too_strange(line):
    name, args = parse_line(line)
    assert isinstance(name, str)
    assert isinstance(args, tuple)


def test_a_stream_without_a_file_is_read_as_it_is():
    stream = io.StringIO("one\ntwo\n")
    assert list(read_lines(stream)) == ["one\n", "two\n"]


def test_a_closed_input_has_no_lines():
    assert list(read_lines(None)) == []


def piped(data: bytes) -> io.TextIOWrapper:
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe:
        pipe.write(data)
    return open(reading, encoding="utf-8")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\n\ntwo", ["one", "", "two"]),
        ("hällo\u2028du\n".encode(), ["hällo\u2028du"]),
        (b"\xff\xfe\n", ["\ufffd\ufffd"]),
        (b"\xc3", ["\ufffd"]),
    ],
)
def test_lines_of_a_pipe(data, lines):
    with piped(data) as stream:
        assert list(read_lines(stream)) == lines


def test_a_line_comes_as_soon_as_it_is_there():
    reading, writing = os.pipe()
    with open(reading, encoding="utf-8") as stream, open(writing, "wb", buffering=0) as pipe:
        lines = iter(read_lines(stream))
        pipe.write("on\u00e9\ntw".encode())
        assert next(lines) == "oné"
        pipe.write(b"o\n")
        assert next(lines) == "two"


def test_characters_across_reads(monkeypatch):
    monkeypatch.setattr("sio_client.command.input_lines.CHUNK", 1)
    with piped("hällo 👋\nend".encode()) as stream:
        assert list(read_lines(stream)) == ["hällo 👋", "end"]
