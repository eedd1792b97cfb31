"""`repeats.py`: lines that a peer can cause again and again."""

from typing import Any

from sio_core import repeats
from sio_core.repeats import Repeats


class Lines(list[Any]):
    def write(self, message: str, *args: Any, **more: Any) -> None:
        self.append((message % args, more))


def test_the_first_is_written_in_full_and_the_others_are_counted() -> None:
    lines, log, error = Lines(), Repeats(), RuntimeError()
    for number in range(1, 1001):
        log.log(lines.write, "kind", number / 100, "broken: %s", "x", exc_info=error)
    assert lines == [
        ("broken: x", {"exc_info": error}),
        ("broken: x (10 times within 60 s)", {}),
        ("broken: x (100 times within 60 s)", {}),
        ("broken: x (1000 times within 60 s)", {}),
    ]


def test_after_a_minute_the_next_one_is_written_in_full() -> None:
    lines, log = Lines(), Repeats()
    for now in (0.0, 1.0, 59.9, 60.0, 61.0, 200.0):
        log.log(lines.write, "kind", now, "broken")
    assert [line for line, _ in lines] == [
        "broken",
        "broken (and 2 times more since this was last written)",
        "broken (and 1 times more since this was last written)",
    ]
    log.log(lines.write, "kind", 300.0, "broken")
    assert lines[-1] == ("broken", {})


def test_kinds_are_counted_on_their_own_and_bounded() -> None:
    lines, log = Lines(), Repeats(seconds=10)
    for kind in range(repeats.MAX_KINDS):
        log.log(lines.write, kind, 0.0, "broken")
        log.log(lines.write, kind, 0.0, "broken")
    assert len(lines) == len(log._windows) == repeats.MAX_KINDS
    log.log(lines.write, "one more", 0.0, "broken")
    assert len(log._windows) == 1
