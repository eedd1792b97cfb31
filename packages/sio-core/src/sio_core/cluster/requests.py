"""Questions to other nodes that wait for their answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..timers import Timed, Timers
from .events import Found

if TYPE_CHECKING:
    from .events import NodeEvent
    from .notices import Notices


class Question(Timed):
    """One question; `waiting` are the tags of those who have not answered, None if unknown."""

    __slots__ = ("_questions", "number", "token", "waiting")

    def __init__(
        self, number: int, token: Any, waiting: set[str] | None, questions: Questions
    ) -> None:
        super().__init__()
        self.number = number
        self.token = token
        self.waiting = waiting
        self._questions = questions

    def deadline_passed(self, now: float) -> list[NodeEvent]:
        """Answer that nobody was found: time is over."""
        return self._questions.settle(self, found=False)


class Questions:
    """The questions of this node, by number: the first yes answers one, and the last no."""

    __slots__ = ("_last", "_most", "_notices", "_pending", "_timers")

    def __init__(self, timers: Timers[NodeEvent], most: int, notices: Notices) -> None:
        self._timers = timers
        self._most = most
        self._notices = notices
        self._last = 0
        self._pending: dict[int, Question] = {}

    def ask(self, token: Any, waiting: Iterable[str] | None, until: float) -> int:
        """Note a question to the nodes `waiting`. Returns its number."""
        self._last += 1
        tags = None if waiting is None else set(waiting)
        question = Question(self._last, token, tags, self)
        self._pending[self._last] = question
        self._timers.set(question, until)
        if len(self._pending) > self._most:
            oldest = self._pending[next(iter(self._pending))]
            for event in self.settle(oldest, found=False):
                self._notices.later(event)
        return self._last

    def answered(self, number: int, tag: str, *, found: bool) -> list[NodeEvent]:
        """Note what the node `tag` answers."""
        question = self._pending.get(number)
        if question is None:
            return []
        if found:
            return self.settle(question, found=True)
        return self._without(question, tag)

    def gone(self, tag: str) -> list[NodeEvent]:
        """Wait no longer for answers of the node `tag`."""
        return [e for each in [*self._pending.values()] for e in self._without(each, tag)]

    def settle(self, question: Question, *, found: bool) -> list[NodeEvent]:
        """Answer a question and forget it."""
        self._timers.cancel(question)
        del self._pending[question.number]
        return [Found(question.token, found)]

    def _without(self, question: Question, tag: str) -> list[NodeEvent]:
        if question.waiting is None:
            return []
        question.waiting.discard(tag)
        return [] if question.waiting else self.settle(question, found=False)
