"""Who subscribes to what, as a forwarder is told."""

from __future__ import annotations

from collections import Counter

from .words import ANSWER, END, QUESTION

SUBSCRIBES = b"\1"
"""What a subscription begins with; its end begins with another byte."""


class Subscriptions:
    """Counts who subscribes to each topic."""

    def __init__(self) -> None:
        self._counts: Counter[bytes] = Counter()

    def note(self, words: bytes) -> None:
        """Note a subscription, or the end of one, in ZeroMQ's words."""
        topic = words[1:]
        self._counts[topic] += 1 if words.startswith(SUBSCRIBES) else -1
        if self._counts[topic] <= 0:
            del self._counts[topic]

    def answer(self, question: bytes) -> bytes:
        """Return the answer to a question: how many subscribe to everything, and to each topic."""
        back, *asked = question.removeprefix(QUESTION).removesuffix(END).split(END)
        topics = [b"", *(name + END for name in asked)]
        return back + END + ANSWER + b",".join(b"%d" % self._counts[each] for each in topics)
