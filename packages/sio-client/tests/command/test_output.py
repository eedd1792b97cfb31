"""`output.py`: what the command shows, and what it keeps from a terminal."""

import errno
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sio_client.command.output import MAX_LENGTH, Printer, clean, show


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(how, **options):
    out, err = Terminal(), Terminal()
    how(Printer(out, err, **options))
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((), ""),
        (("hällo", 1, None, [True, {"a": 1.5}]), '"hällo" 1 null [true, {"a": 1.5}]'),
        ((b"\x00\xff",), '"<2 bytes: 00ff>"'),
        (({"data": bytearray(b"a")},), '{"data": "<1 bytes: 61>"}'),
        ((bytes(100),), f'"<100 bytes: {"00" * 32}...>"'),
        (({b"key": 1},), "{b'key': 1}"),
        (("\x1b[31m\x07",), '"\\u001b[31m\\u0007"'),
        (("\u202e\x9b\ud800",), '"\\u202e\\x9b\\ud800"'),
        (("全角\u3000👨\u200d👩",), '"全角\u3000👨\u200d👩"'),
    ],
)
def test_arguments(args, text):
    assert show(args) == text


def test_what_is_long_is_cut():
    assert len(show(["x" * 10_000_000])) == MAX_LENGTH + 3
    assert len(clean("x" * 10_000_000)) == MAX_LENGTH + 3


@pytest.mark.parametrize("constant", [float("nan"), 10**400, {1, 2}])
def test_values_of_other_parsers(constant):
    assert show([constant])


@given(st.text())
def test_nothing_speaks_to_the_terminal(text):
    out, _ = printed(lambda printer: printer.event(text, [text]), color="never")
    assert out.endswith("\n")
    assert not [c for c in out[:-1] if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u202e"]
    out.encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("say", "say"),
        ("my message", '"my message"'),
        ("", '""'),
        ('a"b', '"a\\"b"'),
        ("a\x1bb", "a\\x1bb"),
        (7, "7"),
    ],
)
def test_names_are_shown_as_they_are_typed(name, shown):
    out, _ = printed(lambda printer: printer.event(name, [1]), color="never")
    assert out == f"{shown} 1\n"


def test_each_kind_has_its_stream():
    def use(printer):
        printer.event("said", ["hi"])
        printer.acknowledged("say", [])
        printer.status("connected")
        printer.failure("failed", [{"a": 1}])
        printer.failure("failed", [])
        printer.error("no\nway")

    out, err = printed(use, color="never")
    assert out == 'said "hi"\nack say\n'
    assert err == 'connected\nfailed: {"a": 1}\nfailed\nerror: no\\nway\n'


@pytest.mark.parametrize(
    ("color", "environment", "colored"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ("never", {}, False),
    ],
)
def test_colours_on_a_terminal(monkeypatch, color, environment, colored):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out, _ = printed(lambda printer: printer.event("said", ["hi"]), color=color)
    assert out == ('\x1b[1msaid\x1b[0m "hi"\n' if colored else 'said "hi"\n')


def test_no_colours_in_a_pipe(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    out = io.StringIO()
    Printer(out, None).event("said", [])
    assert out.getvalue() == "said\n"


class Full(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_output_that_cannot_be_written_is_remembered():
    printer = Printer(Full(), Full())
    printer.status("nobody needs to read this")
    assert printer.broken is None
    printer.event("said", [])
    assert printer.broken is not None
    assert printer.broken.errno == errno.ENOSPC


def test_streams_that_were_closed_from_the_beginning():
    printer = Printer(None, None)
    printer.event("said", [])
    printer.error("no")
    assert printer.broken is None
